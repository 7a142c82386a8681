import type { Chord } from '../echo/ground-truth/chord-polygon.ts';
import type { ViewGroup } from '../echo/views/views.ts';
import type { Database } from './database.ts';
import type { Evaluation } from './evaluations.ts';
import type { ModelTask } from './models.ts';

/** The task of an evaluated model, and where its labels are the chambers. */
export async function evaluatedModel(
  database: Database,
  { modelName, modelVersion }: Evaluation,
): Promise<{ task: ModelTask; chambers: { lv: number; la: number } | null } | undefined> {
  const [row] = await database.query<{ task: ModelTask; chambers: { lv: number; la: number } | null }>(
    `select task, card -> 'chambers' as chambers from registry.models
     where name = :modelName and version = :modelVersion`,
    { modelName, modelVersion },
  );
  return row;
}

/** A contour of an export on a recording, whose mask is not drawn yet or was drawn from something else. */
export interface DueContour {
  readonly key: string;
  readonly dataSet: string;
  readonly instance: number;
  readonly index: number;
  readonly study: number;
  readonly recordingId: string;
  readonly frame: number;
  readonly view: 'a2c' | 'a4c';
  readonly chamber: 'lv' | 'la';
  readonly moment: 'ED' | 'ES' | null;
  /** Of the recording's picture; null where the header does not say. */
  readonly rows: number | null;
  readonly columns: number | null;
  readonly chords: readonly Chord[];
  readonly digest: string;
}

/** Chords of one contour at most: the Data API answers with rows of 64 KB. */
const mostChords = 200;

/** The contours of a data set whose masks are due, in pages. */
export function dueContours(database: Database, dataSet: string): AsyncGenerator<DueContour[]> {
  return database.pages<DueContour>(
    `with contours as (
       select lpad(v.instanceidk::text, 20, '0') || lpad(v.indexinmglist::text, 20, '0') as key, v.folder, v.instanceidk,
              v.indexinmglist, r.studyidk, r.recording_id, v.frame, v.view, v.chamber, v.moment, i.rows, i.columns, (
                select jsonb_agg(jsonb_build_object('sequence', c.chordsequence, 'type', c.chordtype,
                         'x1', c.x1coordinate, 'y1', c.y1coordinate, 'x2', c.x2coordinate, 'y2', c.y2coordinate)
                       order by c.chordsequence, c.x1coordinate, c.y1coordinate)
                from clean.a_modvolume c
                where c.folder = v.folder and c.instanceidk = v.instanceidk and c.indexinmglist = v.indexinmglist
              ) as chords
       from views.volume_contours v
       join views.recordings_of(:dataSet) r on r.instanceidk = v.instanceidk
       join echo.instances i on i.recording_id = r.recording_id
       where v.folder = :dataSet and v.frame between 0 and 1000000
     ), drawn_from as (
       select c.*, md5(concat_ws(' ', c.chords, c.rows, c.columns, c.recording_id, c.frame, c.view, c.chamber, c.moment))
                as digest
       from contours c where jsonb_array_length(c.chords) <= ${mostChords}
     )
     select d.key, d.folder as "dataSet", d.instanceidk as instance, d.indexinmglist as index, d.studyidk as study,
            d.recording_id::text as "recordingId", d.frame, d.view, d.chamber, d.moment, d.rows, d.columns, d.chords,
            d.digest
     from drawn_from d
     left join segmentation.ground_truths g
       on g.data_set = d.folder and g.instanceidk = d.instanceidk and g.indexinmglist = d.indexinmglist
     where g.digest is distinct from d.digest and (:after::text is null or d.key > :after)
     order by d.key limit :rows`,
    { dataSet },
    'key',
  );
}

/** A mask that was drawn from a contour. */
export interface DrawnMask {
  readonly contour: DueContour;
  /** Of the picture, and of the mask. */
  readonly rows: number;
  readonly columns: number;
  readonly maskRows: number;
  readonly maskColumns: number;
  readonly maskKey: string;
}

/** Rows of some hundred bytes: a request takes 4 MiB. */
const statementRows = 2000;

/** Stores rows of drawn masks, in place of those that were drawn of the same contours before. */
export async function storeGroundTruths(database: Database, masks: readonly DrawnMask[]): Promise<void> {
  for (let start = 0; start < masks.length; start += statementRows) {
    const rows = masks
      .slice(start, start + statementRows)
      .map(({ contour: { chords: _, ...contour }, ...mask }) => ({
        ...contour,
        ...mask,
      }));
    await database.query(
      `insert into segmentation.ground_truths as g (
         data_set, instanceidk, indexinmglist, studyidk, recording_id, frame, view, chamber, moment, rows, columns,
         mask_rows, mask_columns, mask_key, digest)
       select m."dataSet", m.instance, m.index, m.study, m."recordingId", m.frame, m.view, m.chamber, m.moment, m.rows,
              m.columns, m."maskRows", m."maskColumns", m."maskKey", m.digest
       from jsonb_to_recordset(:rows::jsonb) as m(
         "dataSet" text, instance bigint, index bigint, study bigint, "recordingId" uuid, frame int, view text,
         chamber text, moment text, rows int, columns int, "maskRows" int, "maskColumns" int, "maskKey" text, digest text)
       on conflict (data_set, instanceidk, indexinmglist) do update
       set studyidk = excluded.studyidk, recording_id = excluded.recording_id, frame = excluded.frame,
           view = excluded.view, chamber = excluded.chamber, moment = excluded.moment, rows = excluded.rows,
           columns = excluded.columns, mask_rows = excluded.mask_rows, mask_columns = excluded.mask_columns,
           mask_key = excluded.mask_key, digest = excluded.digest, changed_at = now()`,
      { rows: JSON.stringify(rows) },
    );
  }
}

/**
 * Removes the rows of masks whose contours the export no longer has, and of those that are no contours any more.
 * @param unusable contours of which no mask could be drawn
 */
export async function removeOldGroundTruths(
  database: Database,
  dataSet: string,
  unusable: readonly Pick<DueContour, 'instance' | 'index'>[],
): Promise<void> {
  await database.query(
    `delete from segmentation.ground_truths g
     where g.data_set = :dataSet and (
       not exists (select 1 from views.volume_contours v where v.folder = g.data_set
                     and v.instanceidk = g.instanceidk and v.indexinmglist = g.indexinmglist)
       or exists (select 1 from jsonb_to_recordset(:unusable::jsonb) as u(instance bigint, index bigint)
                  where u.instance = g.instanceidk and u.index = g.indexinmglist))`,
    { dataSet, unusable: JSON.stringify(unusable.map(({ instance, index }) => ({ instance, index }))) },
  );
}

/** An instance with a label that a view model has classified. */
export interface LabelledView {
  readonly instance: number;
  readonly study: number;
  readonly truth: ViewGroup;
  readonly dev: ViewGroup;
  readonly seg: ViewGroup;
}

export function labelledViews(
  database: Database,
  { dataSet, modelName, modelVersion }: Evaluation,
): AsyncGenerator<LabelledView[]> {
  return database.pages<LabelledView>(
    `select g.instanceidk as instance, g.studyidk as study, g.view as truth, p.mapping_dev as dev, p.mapping_seg as seg
     from classification.ground_truths g
     join lateral (
       select * from classification.predictions p
       where p.recording_id = g.recording_id and p.model_name = :modelName and p.model_version = :modelVersion
       order by p.created_at desc limit 1
     ) p on true
     where g.data_set = :dataSet and (:after::bigint is null or g.instanceidk > :after::bigint)
     order by g.instanceidk limit :rows`,
    { dataSet, modelName, modelVersion },
    'instance',
  );
}

/** A ground-truth mask on a recording that a segmentation model has segmented. */
export interface LabelledMask {
  readonly key: string;
  readonly instance: number;
  readonly index: number;
  readonly study: number;
  readonly recordingId: string;
  readonly frame: number;
  readonly chamber: 'lv' | 'la';
  readonly moment: 'ED' | 'ES' | null;
  readonly truthKey: string;
  /** Of the file of all frames' label masks, whose size is `rows` x `columns`. */
  readonly predictedKey: string;
  readonly frames: number;
  /** Masks are numbered as frames are in the file; false where a frame was left out, and nobody knows which. */
  readonly numbered: boolean;
}

/** In the order of their recordings, so that a file of predicted masks is read once. */
export function labelledMasks(
  database: Database,
  { dataSet, modelName, modelVersion }: Evaluation,
): AsyncGenerator<LabelledMask[]> {
  return database.pages<LabelledMask>(
    `with masks as (
       select g.recording_id::text || lpad(g.instanceidk::text, 20, '0') || lpad(g.indexinmglist::text, 20, '0') as key,
              g.instanceidk as instance, g.indexinmglist as index, g.studyidk as study,
              g.recording_id::text as "recordingId", g.frame, g.chamber, g.moment, g.mask_key as "truthKey",
              p.mask_key as "predictedKey", p.frames,
              not coalesce(m.marks @> '["frame_undecodable"]', false) as numbered
       from segmentation.ground_truths g
       left join measurement.instances m on m.recording_id = g.recording_id
       join lateral (
         select * from segmentation.predictions p
         where p.recording_id = g.recording_id and p.model_name = :modelName and p.model_version = :modelVersion
         order by p.created_at desc limit 1
       ) p on true
       where g.data_set = :dataSet
     )
     select * from masks where :after::text is null or key > :after order by key limit :rows`,
    { dataSet, modelName, modelVersion },
    'key',
  );
}

/** An instance with volumes in the export that was measured with a segmentation model. */
export interface LabelledMeasurement {
  readonly instance: number;
  readonly study: number;
  readonly recordingId: string;
  readonly edv: number | null;
  readonly esv: number | null;
  readonly ef: number | null;
  readonly calculations: readonly {
    readonly method: string;
    readonly quantity: string;
    readonly value: number;
  }[];
}

export function labelledMeasurements(
  database: Database,
  { dataSet, modelName, modelVersion }: Evaluation,
): AsyncGenerator<LabelledMeasurement[]> {
  return database.pages<LabelledMeasurement>(
    `select g.instanceidk as instance, g.studyidk as study, r.recording_id::text as "recordingId",
            g.edv_ml as edv, g.esv_ml as esv, g.ef, coalesce((
              select jsonb_agg(jsonb_build_object('method', c.method, 'quantity', c.quantity, 'value', c.value)
                     order by c.method, c.quantity)
              from measurement.calculations c
              where c.recording_id = r.recording_id and c.beat is null
                and c.model_name = :modelName and c.model_version = :modelVersion), '[]') as calculations
     from measurement.ground_truths g
     join views.recordings_of(:dataSet) r on r.instanceidk = g.instanceidk
     where g.data_set = :dataSet and (:after::bigint is null or g.instanceidk > :after::bigint)
       and exists (select 1 from segmentation.predictions p where p.recording_id = r.recording_id
                     and p.model_name = :modelName and p.model_version = :modelVersion)
     order by g.instanceidk limit :rows`,
    { dataSet, modelName, modelVersion },
    'instance',
  );
}

/** The rows of one evaluation by their tables, whose columns they name. */
export interface EchoEvaluationRows {
  readonly classifications: readonly {
    readonly mapping: string;
    readonly view: string;
    readonly tn: number;
    readonly fp: number;
    readonly fn: number;
    readonly tp: number;
  }[];
  readonly confusions: readonly {
    readonly mapping: string;
    readonly truth: string;
    readonly predicted: string;
    readonly instances: number;
  }[];
  readonly segmentations: readonly {
    readonly recording_id: string;
    readonly studyidk: number;
    readonly instanceidk: number;
    readonly indexinmglist: number;
    readonly frame: number;
    readonly chamber: 'lv' | 'la';
    readonly moment: string | null;
    readonly iou: number;
    readonly dice: number;
  }[];
  readonly measurements: readonly {
    readonly recording_id: string;
    readonly studyidk: number;
    readonly instanceidk: number;
    readonly method: string;
    readonly quantity: string;
    readonly truth: number;
    readonly calculated: number;
    readonly absolute_difference: number;
    readonly relative_difference: number | null;
  }[];
  readonly figures: readonly EchoFigureRow[];
}

/** One figure over all instances of an evaluation; null where it is not defined. */
export interface EchoFigureRow {
  /** `classification`, `segmentation`, or a method of measurement. */
  readonly subject: string;
  readonly metric: string;
  readonly label: string | null;
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

const tables: Record<keyof EchoEvaluationRows, string> = {
  classifications: 'classification.evaluations',
  confusions: 'classification.confusions',
  segmentations: 'segmentation.evaluations',
  measurements: 'measurement.evaluations',
  figures: 'echo.evaluations',
};

/** Stores the rows of an evaluation; an attempt before this one may have left some of them. */
export async function storeEchoEvaluation(
  database: Database,
  evaluationId: string,
  rows: EchoEvaluationRows,
): Promise<void> {
  for (const [kind, table] of Object.entries(tables) as [keyof EchoEvaluationRows, string][]) {
    const all = rows[kind];
    for (let start = 0; start < all.length; start += statementRows)
      await database.query(
        `insert into ${table}
         select r.* from jsonb_array_elements(:rows::jsonb) as one,
                lateral jsonb_populate_record(null::${table}, one || jsonb_build_object('evaluation_id', :evaluationId::text)) r
         on conflict do nothing`,
        { evaluationId, rows: JSON.stringify(all.slice(start, start + statementRows)) },
      );
  }
}

/** The figures of one evaluation over all of its instances. */
export function echoFigures(database: Database, evaluationId: string): Promise<EchoFigureRow[]> {
  return database.query<EchoFigureRow>(
    `select subject, metric, label, value, low, high from echo.evaluations where evaluation_id = :evaluationId::uuid
     order by subject, label, metric`,
    { evaluationId },
  );
}
