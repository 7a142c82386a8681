import type { MeasuredCine, StudyMeasurement } from '../echo/measurement/measure-study.ts';
import type { Recommendation } from '../echo/measurement/recommendation.ts';
import type { ViewGroup } from '../echo/views/views.ts';
import type { Database } from './database.ts';
import { held } from './recordings.ts';

/** A model as the rows of its results name it. */
export interface ModelOfRows {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly preprocessingHash: string;
}

/** A row of classification.predictions and those of classification.frames. */
export interface EchoClassification extends ModelOfRows {
  readonly view: string;
  readonly probabilities: Readonly<Record<string, number>>;
  readonly mappingDev: ViewGroup;
  readonly mappingSeg: ViewGroup;
  readonly frames: readonly {
    readonly frame: number;
    readonly probabilities: Readonly<Record<string, number>>;
  }[];
}

/** A row of segmentation.predictions. */
export interface EchoSegmentation extends ModelOfRows {
  readonly view: 'a2c' | 'a4c';
  readonly frames: number;
  readonly rows: number;
  readonly columns: number;
  readonly maskKey: string;
  readonly overlayKey: string;
  readonly cineKey: string;
  readonly confidence: number;
  readonly frameConfidences: readonly number[];
}

/** A row of measurement.calculations. */
export interface Calculation {
  readonly method: 'disks' | 'area-length';
  /** Null for the whole cine. */
  readonly beat: number | null;
  readonly quantity: string;
  readonly value: number;
  readonly unit: string;
}

/** A row of measurement.instances with its calculations. */
export interface EchoMeasurement {
  readonly studyInstanceUid: string | null;
  readonly modelName: string | null;
  readonly modelVersion: string | null;
  readonly preprocessingHash: string;
  readonly view: 'a2c' | 'a4c' | null;
  readonly frameTimeMs: number | null;
  readonly heartRate: number | null;
  readonly spacingX: number | null;
  readonly spacingY: number | null;
  readonly defaults: readonly string[];
  readonly endDiastole: number | null;
  readonly endSystole: number | null;
  readonly edv: number | null;
  readonly esv: number | null;
  readonly ef: number | null;
  readonly efSpread: number | null;
  readonly laVolume: number | null;
  readonly recommendation: Recommendation | null;
  readonly reasons: readonly string[];
  readonly marks: readonly string[];
  /** JSON of a CineMeasurement; null where there were no masks to measure. */
  readonly result: unknown;
  readonly calculations: readonly Calculation[];
}

/** What the nets and the measurement said of one echo instance. */
export interface ScoredEcho {
  readonly id: string;
  readonly runId: string;
  readonly codeVersion: string;
  readonly inputVersion: string;
  readonly classification: EchoClassification;
  /** Null where the view has no chambers to be segmented, or no model. */
  readonly segmentation: EchoSegmentation | null;
  readonly measurement: EchoMeasurement;
}

const provenanceColumns = [
  'model_name',
  'model_version',
  'preprocessing_hash',
  'code_version',
  'input_version',
] as const;
const provenance = `recording_id, ${provenanceColumns.join(', ')}`;

/** Of measurement.instances, whose one row a recording is replaced when it is scored again. */
const measuredColumns = [
  ...provenanceColumns,
  'study_instance_uid',
  'view',
  'frame_time_ms',
  'heart_rate',
  'spacing_x_cm',
  'spacing_y_cm',
  'defaults',
  'end_diastole',
  'end_systole',
  'edv_ml',
  'esv_ml',
  'ef',
  'ef_spread',
  'la_volume_ml',
  'recommendation',
  'reasons',
  'marks',
  'result',
] as const;

/**
 * Ends echo instances as scored and stores all that was found, in one statement, under the same guard as `recordScores`:
 * what somebody else has ended or claimed meanwhile is left alone. The measurement takes the place of that of an earlier
 * round; what other models said of views and chambers stays beside it.
 * @returns the ids that were scored by this call
 */
export async function recordEchoScores(database: Database, scored: readonly ScoredEcho[]): Promise<string[]> {
  if (scored.length === 0) return [];
  const rows = await database.query<{ id: string }>(
    `with s as (
       select * from jsonb_to_recordset(:scored::jsonb) as s(
         id uuid, "runId" uuid, "codeVersion" text, "inputVersion" text, classification jsonb, segmentation jsonb,
         measurement jsonb)
     ), ended as (
       update catalog.recordings r
       set state = 'scored', finished_at = now(), lane = 'batch'
       from s where r.id = s.id and ${held}
       returning r.id
     ), views as (
       insert into classification.predictions (${provenance}, view, probabilities, frames, mapping_dev, mapping_seg)
       select s.id, c."modelName", c."modelVersion", c."preprocessingHash", s."codeVersion", s."inputVersion",
              c.view, c.probabilities, jsonb_array_length(c.frames), c."mappingDev", c."mappingSeg"
       from s join ended using (id), lateral jsonb_to_record(s.classification) as c(
         "modelName" text, "modelVersion" text, "preprocessingHash" text, view text, probabilities jsonb, frames jsonb,
         "mappingDev" text, "mappingSeg" text)
       on conflict do nothing
     ), frames as (
       insert into classification.frames (recording_id, model_name, model_version, preprocessing_hash, frame,
                                          probabilities)
       select s.id, s.classification ->> 'modelName', s.classification ->> 'modelVersion',
              s.classification ->> 'preprocessingHash', f.frame, f.probabilities
       from s join ended using (id), lateral jsonb_to_recordset(s.classification -> 'frames') as f(
         frame int, probabilities jsonb)
       on conflict do nothing
     ), masks as (
       insert into segmentation.predictions (${provenance}, view, frames, rows, columns, mask_key, overlay_key, cine_key,
                                             confidence, frame_confidences)
       select s.id, c."modelName", c."modelVersion", c."preprocessingHash", s."codeVersion", s."inputVersion",
              c.view, c.frames, c.rows, c.columns, c."maskKey", c."overlayKey", c."cineKey", c.confidence,
              c."frameConfidences"
       from s join ended using (id), lateral jsonb_to_record(s.segmentation) as c(
         "modelName" text, "modelVersion" text, "preprocessingHash" text, view text, frames int, rows int, columns int,
         "maskKey" text, "overlayKey" text, "cineKey" text, confidence double precision, "frameConfidences" jsonb)
       where jsonb_typeof(s.segmentation) = 'object'
       on conflict (recording_id, model_name, model_version, preprocessing_hash) do update
       set frames = excluded.frames, confidence = excluded.confidence, frame_confidences = excluded.frame_confidences,
           code_version = excluded.code_version, created_at = now()
     ), measured as (
       insert into measurement.instances as instances (recording_id, ${measuredColumns.join(', ')})
       select s.id, m."modelName", m."modelVersion", m."preprocessingHash", s."codeVersion", s."inputVersion",
              m."studyInstanceUid", m.view, m."frameTimeMs", m."heartRate", m."spacingX", m."spacingY", m.defaults,
              m."endDiastole", m."endSystole", m.edv, m.esv, m.ef, m."efSpread", m."laVolume", m.recommendation,
              m.reasons, m.marks, nullif(m.result, 'null'::jsonb)
       from s join ended using (id), lateral jsonb_to_record(s.measurement) as m(
         "modelName" text, "modelVersion" text, "preprocessingHash" text, "studyInstanceUid" text, view text,
         "frameTimeMs" double precision, "heartRate" double precision, "spacingX" double precision,
         "spacingY" double precision, defaults jsonb, "endDiastole" int, "endSystole" int, edv double precision,
         esv double precision, ef double precision, "efSpread" double precision, "laVolume" double precision,
         recommendation text, reasons jsonb, marks jsonb, result jsonb)
       on conflict (recording_id) do update set
         ${measuredColumns.map((name) => `${name} = excluded.${name}`).join(', ')},
         revision = instances.revision + 1, created_at = now()
     ), outdated as (
       -- Of the same model in an earlier round, when there were more beats.
       delete from measurement.calculations k using s join ended using (id)
       where k.recording_id = s.id and k.model_name = s.measurement ->> 'modelName'
         and k.model_version = s.measurement ->> 'modelVersion'
         and k.preprocessing_hash = s.measurement ->> 'preprocessingHash'
         and not exists (
           select 1 from jsonb_to_recordset(s.measurement -> 'calculations') as c(method text, beat int, quantity text)
           where (c.method, c.quantity) = (k.method, k.quantity) and c.beat is not distinct from k.beat)
     ), calculated as (
       insert into measurement.calculations (${provenance}, method, beat, quantity, value, unit)
       select s.id, s.measurement ->> 'modelName', s.measurement ->> 'modelVersion',
              s.measurement ->> 'preprocessingHash', s."codeVersion", s."inputVersion", c.method, c.beat, c.quantity,
              c.value, c.unit
       from s join ended using (id), lateral jsonb_to_recordset(s.measurement -> 'calculations') as c(
         method text, beat int, quantity text, value double precision, unit text)
       on conflict (recording_id, model_name, model_version, preprocessing_hash, method, beat, quantity) do update
       set value = excluded.value, unit = excluded.unit, code_version = excluded.code_version,
           input_version = excluded.input_version, created_at = now()
     )
     select id::text as id from ended`,
    { scored: JSON.stringify(scored) },
  );
  return rows.map(({ id }) => id);
}

/**
 * Studies of these recordings whose row is not made of the rows of all their measured instances: an instance came or was
 * measured again, or what would have brought the row up to date was interrupted.
 */
export async function staleStudies(database: Database, recordingIds: readonly string[]): Promise<string[]> {
  const rows = await database.query<{ study: string }>(
    `select counted.study from (
       select m.study_instance_uid as study, sum(m.revision) as revisions from measurement.instances m
       where m.study_instance_uid in (
         select own.study_instance_uid from measurement.instances own
         join jsonb_array_elements_text(:recordingIds::jsonb) as wanted(id) on own.recording_id = wanted.id::uuid)
       group by m.study_instance_uid
     ) counted
     left join measurement.studies s on s.study_instance_uid = counted.study
     where s.revisions is distinct from counted.revisions
     order by counted.study`,
    { recordingIds: JSON.stringify(recordingIds) },
  );
  return rows.map(({ study }) => study);
}

/** What a study's row is made of. */
export interface StudyCines {
  readonly instances: number;
  /** Sum over the instances of how often each was measured. */
  readonly revisions: number;
  /** Of the instances that have one, the measurement without its curves. */
  readonly cines: readonly MeasuredCine[];
  /** Of the others, why not. */
  readonly reasons: readonly string[];
}

/** The instances of a study so far. */
export async function studyCines(database: Database, study: string): Promise<StudyCines> {
  let instances = 0;
  let revisions = 0;
  const cines: MeasuredCine[] = [];
  const reasons = new Set<string>();
  const pages = database.pages<{ id: string; revision: number; result: unknown; reasons: string[] }>(
    `select recording_id::text as id, revision, result - 'curve' - 'laCurve' - 'sound' as result, reasons
     from measurement.instances
     where study_instance_uid = :study and (:after::uuid is null or recording_id > :after::uuid)
     order by recording_id limit :rows`,
    { study },
    'id',
  );
  for await (const page of pages)
    for (const { id, revision, result, reasons: own } of page) {
      instances += 1;
      revisions += revision;
      if (result !== null) cines.push({ id, measurement: result as MeasuredCine['measurement'] });
      else for (const reason of own) reasons.add(reason);
    }
  return { instances, revisions, cines, reasons: [...reasons] };
}

/**
 * Stores a study's row, made of these instances, unless there are others or newer ones by now or the row is made of more.
 * @returns whether the row was stored
 */
export async function recordStudy(
  database: Database,
  study: string,
  { instances, revisions }: Pick<StudyCines, 'instances' | 'revisions'>,
  measured: StudyMeasurement,
  codeVersion: string,
): Promise<boolean> {
  const { method, a4c, a2c, beats, edv, esv, ef, recommendation, laVolume, unmeasurable, doubts } = measured;
  const rows = await database.query<{ study: string }>(
    `insert into measurement.studies as s (
       study_instance_uid, instances, revisions, a4c_recording_id, a2c_recording_id, method, edv_ml, esv_ml, ef, ef_spread,
       beats, la_volume_ml, recommendation, reasons, defaults, result, code_version)
     select :study, :instances::int, :revisions::bigint, :a4c::uuid, :a2c::uuid, :method, :edv::float8, :esv::float8, :ef::float8,
            :efSpread::float8, :beats::int, :laVolume::float8, :recommendation, :reasons::jsonb, :defaults::jsonb,
            :result::jsonb, :codeVersion
     where (select sum(m.revision) from measurement.instances m where m.study_instance_uid = :study) = :revisions::bigint
     on conflict (study_instance_uid) do update set
       instances = excluded.instances, revisions = excluded.revisions, a4c_recording_id = excluded.a4c_recording_id,
       a2c_recording_id = excluded.a2c_recording_id, method = excluded.method, edv_ml = excluded.edv_ml,
       esv_ml = excluded.esv_ml, ef = excluded.ef, ef_spread = excluded.ef_spread, beats = excluded.beats,
       la_volume_ml = excluded.la_volume_ml, recommendation = excluded.recommendation, reasons = excluded.reasons,
       defaults = excluded.defaults, result = excluded.result, code_version = excluded.code_version, changed_at = now()
     where s.revisions <= excluded.revisions
     returning study_instance_uid as study`,
    {
      study,
      instances,
      revisions,
      a4c,
      a2c,
      method,
      edv: edv?.value ?? null,
      esv: esv?.value ?? null,
      ef: ef?.value ?? null,
      efSpread: ef?.sd ?? null,
      beats,
      laVolume: laVolume?.value ?? null,
      recommendation,
      reasons: JSON.stringify(unmeasurable),
      defaults: JSON.stringify(doubts),
      result: JSON.stringify(measured),
      codeVersion,
    },
  );
  return rows.length > 0;
}
