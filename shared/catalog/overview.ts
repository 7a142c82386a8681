import type { Reason } from '../errors.ts';
import type { Database } from './database.ts';
import type { Calculation } from './echo-results.ts';
import type { RecordingState } from './objects.ts';

/** Recordings by state, and files that are no recordings (yet). */
export interface Overview {
  /** Uploaded object versions that ingest has seen. */
  readonly seen: number;
  /** Echo instances that are preprocessed and wait for a model; they are among the ready recordings. */
  readonly prepared: number;
  readonly recordings: Readonly<Record<RecordingState, number>>;
  /** Files that wait for a header to name them, are the same bytes again, or were refused as such. */
  readonly files: { readonly waiting: number; readonly duplicate: number; readonly rejected: number };
}

const noRecordings: Record<RecordingState, number> = {
  received: 0,
  waiting: 0,
  ready: 0,
  dispatched: 0,
  scored: 0,
  rejected: 0,
  failed: 0,
};

/** Counts by state, of everything or of the uploads whose keys begin with `prefix`. */
export async function overview(database: Database, prefix = ''): Promise<Overview> {
  const rows = await database.query<{
    what: 'recordings' | 'files' | 'prepared';
    state: string;
    count: number;
  }>(
    `select 'recordings' as what, r.state, count(*)::int as count
     from catalog.recordings r join catalog.objects o on o.id = r.object_id
     where starts_with(o.key, :prefix) group by r.state
     union all
     select 'files', o.state, count(*)::int from catalog.objects o
     where starts_with(o.key, :prefix) group by o.state
     union all
     select 'prepared', 'ready', count(*)::int
     from catalog.recordings r join catalog.objects o on o.id = r.object_id
     where starts_with(o.key, :prefix) and r.state = 'ready' and r.prepared is not null`,
    { prefix },
  );
  const counted = (what: string) =>
    Object.fromEntries(rows.filter((row) => row.what === what).map(({ state, count }) => [state, count]));
  const { indexed, ...files } = { indexed: 0, waiting: 0, duplicate: 0, rejected: 0, ...counted('files') };
  return {
    seen: indexed + files.waiting + files.duplicate + files.rejected,
    prepared: counted('prepared').ready ?? 0,
    recordings: { ...noRecordings, ...counted('recordings') },
    files,
  };
}

/** One recording, or one refused file, as the command line shows it. */
export interface Outcome {
  readonly id: string | null;
  readonly key: string;
  readonly versionId: string;
  readonly modality: 'ecg' | 'echo' | null;
  readonly state: string;
  readonly reason: Reason | null;
  readonly detail: string | null;
  readonly model: string | null;
  readonly scores: Readonly<Record<string, number>>;
  readonly positive: readonly string[];
  /** Null for what is no scored echo instance. */
  readonly echo: EchoOutcome | null;
}

/** What is measured; null where not. Volumes in mL, ejection fraction in percent. */
interface MeasuredFigures {
  readonly ef: number | null;
  readonly efSpread: number | null;
  readonly edv: number | null;
  readonly esv: number | null;
  readonly laVolume: number | null;
  readonly recommendation: string | null;
  /** Why what is null is null, and what was taken for granted. */
  readonly reasons: readonly string[];
  readonly defaults: readonly string[];
}

/** View and measurement of an echo instance. */
export interface EchoOutcome extends MeasuredFigures {
  readonly view: string;
  readonly probability: number;
  /** Of one recording only: its figures beat by beat and its study's. */
  readonly calculations?: readonly Calculation[];
  readonly study?: StudyOutcome | null;
}

/** What is measured on a study so far. */
export interface StudyOutcome extends MeasuredFigures {
  readonly uid: string;
  readonly instances: number;
  readonly method: 'biplane' | 'single-plane' | null;
}

/** A recording, or an object that is none, as `outcomeJson` reads it. */
const outcomeRows = (o: string) => `
  select ${o}.id as object_id, r.id, ${o}.key, ${o}.version_id, r.modality, r.state, r.reason, r.detail
  from catalog.recordings r where r.object_id = ${o}.id
  union all
  select ${o}.id, null, ${o}.key, ${o}.version_id, null, ${o}.state, ${o}.reason, ${o}.detail
  where ${o}.state in ('waiting', 'duplicate', 'rejected')`;

/** A scored echo instance, `whole` with every figure and its study. */
const echoJson = (whole: boolean) => `
  (select jsonb_build_object('view', c.view, 'probability', c.probabilities -> c.view, 'ef', m.ef,
     'efSpread', m.ef_spread, 'edv', m.edv_ml, 'esv', m.esv_ml, 'laVolume', m.la_volume_ml,
     'recommendation', m.recommendation, 'reasons', m.reasons, 'defaults', m.defaults${
       whole
         ? `,
     'calculations', (
       select coalesce(jsonb_agg(jsonb_build_object('method', k.method, 'beat', k.beat, 'quantity', k.quantity,
                                                    'value', k.value, 'unit', k.unit)
                                 order by k.method, k.beat nulls first, k.quantity), '[]')
       from measurement.calculations k where k.recording_id = c.recording_id
         and k.model_name = m.model_name and k.model_version = m.model_version),
     'study', (
       select jsonb_build_object('uid', s.study_instance_uid, 'instances', s.instances, 'method', s.method, 'ef', s.ef,
                                 'efSpread', s.ef_spread, 'edv', s.edv_ml, 'esv', s.esv_ml, 'laVolume', s.la_volume_ml,
                                 'recommendation', s.recommendation, 'reasons', s.reasons, 'defaults', s.defaults)
       from measurement.studies s where s.study_instance_uid = m.study_instance_uid)`
         : ''
     })
   from classification.predictions c join measurement.instances m on m.recording_id = c.recording_id
   where c.recording_id = f.id order by c.created_at desc limit 1)`;

const outcomeJson = (whole: boolean) => `
  jsonb_build_object('id', f.id, 'key', f.key, 'versionId', f.version_id, 'modality', f.modality, 'state', f.state,
    'reason', f.reason, 'detail', f.detail,
    'model', coalesce(
      (select max(p.model_name || ' ' || p.model_version) from ecg.predictions p where p.recording_id = f.id),
      (select c.model_name || ' ' || c.model_version from classification.predictions c where c.recording_id = f.id
       order by c.created_at desc limit 1)),
    'scores', coalesce((select jsonb_object_agg(p.label, p.probability) from ecg.predictions p
                        where p.recording_id = f.id), '{}'),
    'positive', coalesce((select jsonb_agg(p.label order by p.probability desc) from ecg.predictions p
                          where p.recording_id = f.id and p.positive), '[]'),
    'echo', case when f.modality = 'echo' then ${echoJson(whole)} end)`;

/** Every recording and refused file under a prefix, by key, in pages. */
export async function* outcomes(database: Database, prefix: string): AsyncGenerator<Outcome> {
  // An object a row, so that the pages follow the index whatever there is to tell of each.
  const pages = database.pages<{ place: string; told: Outcome[] }>(
    `select page.place, coalesce((select jsonb_agg(${outcomeJson(false)} order by f.id nulls last) from (${outcomeRows('page')}) f), '[]') as told
     from (
       select o.*, catalog.outcome_order(o.key, o.id) as place from catalog.objects o
       where catalog.outcome_order(o.key, o.id) collate "C" > coalesce(:after::text, :prefix)
         and catalog.outcome_order(o.key, o.id) collate "C" < :prefix || chr(1114111)
       order by catalog.outcome_order(o.key, o.id) collate "C" limit :rows
     ) page
     order by page.place collate "C"`,
    { prefix },
    'place',
  );
  for await (const page of pages) for (const { told } of page) yield* told;
}

/** One recording by its id. */
export async function outcomeOf(database: Database, id: string): Promise<Outcome | undefined> {
  const [row] = await database.query<{ outcome: Outcome }>(
    `select ${outcomeJson(true)} as outcome
     from catalog.recordings r join catalog.objects o on o.id = r.object_id, lateral (${outcomeRows('o')}) f
     where r.id = :id::uuid and f.id = r.id`,
    { id },
  );
  return row?.outcome;
}
