import type { Reason } from '../errors.ts';
import type { Database } from './database.ts';
import { backlog, maxRuns } from './recordings.ts';

/** What is evaluated: classes of electrocardiograms, or views and measurements of echocardiograms. */
export type EvaluationDomain = 'ecg' | 'echo';

/** Hours after a data set's evaluation before it is evaluated again with the recordings that have come since. */
const restHours = 1;

/** One evaluation: what a model said of a data set, held against its labels. */
export interface Evaluation {
  readonly id: string;
  readonly domain: EvaluationDomain;
  /** Key of a label table, or a folder (ending in a slash) whose recordings carry their own labels. */
  readonly dataSet: string;
  readonly modelName: string;
  readonly modelVersion: string;
}

const columns = `e.id::text as id, e.domain, e.data_set as "dataSet", e.model_name as "modelName",
  e.model_version as "modelVersion"`;

/**
 * The SQL that asks for evaluations of one model: those in `asked (domain, data_set)` by those in `models (name,
 * version)`. A request that waits already is not made twice.
 */
const request = `insert into registry.evaluations (id, domain, data_set, model_name, model_version, state)
  select gen_random_uuid(), a.domain, a.data_set, m.name, m.version, 'requested' from asked a cross join models m
  on conflict do nothing`;

/** The model in force for a task. */
const inForce = `select name, version from registry.models
  where task = :task and promoted_at is not null order by promoted_at desc, name, version limit 1`;

/** Asks for a data set to be evaluated with the model that is in force for a task; none in force, none asked for. */
export async function requestEvaluation(
  database: Database,
  domain: EvaluationDomain,
  task: string,
  dataSet: string,
): Promise<void> {
  await database.query(
    `with asked as (select :domain as domain, :dataSet as data_set), models as (${inForce}) ${request}`,
    { domain, task, dataSet },
  );
}

/**
 * Asks for every data set to be evaluated that one of these ECGs belongs to.
 * @returns whether there is any, asked for by this call or before, and how many ECGs are ready, up to `limit`
 */
export async function requestEvaluationsOf(
  database: Database,
  recordingIds: readonly string[],
  limit: number,
): Promise<{ readonly asked: boolean; readonly ready: number }> {
  const [row] = await database.query<{ asked: boolean; ready: number }>(
    // What ecg.labelled_recordings says, read from the recordings' side: ingest asks for each batch, and the view would
    // be made whole for it. OFFSET 0 keeps the planner from going through all labels.
    `with arrived as materialized (
       select o.bucket, o.key, o.kind, catalog.record_name(o.key) as record, r.facts
       from jsonb_array_elements_text(:ids::jsonb) as given(recording)
       join catalog.recordings r on r.id = given.recording::uuid and r.modality = 'ecg'
       join catalog.objects o on o.id = r.object_id
     ), asked as (
       select 'ecg' as domain, s.key as data_set
       from arrived a
       cross join lateral (select object_id from ecg.labels l where l.record = a.record offset 0) l
       join ecg.current_label_sets s on s.object_id = l.object_id and s.bucket = a.bucket
         and starts_with(a.key, s.folder)
       union
       select 'ecg', catalog.top_folder(a.key) from arrived a
       where a.kind = 'wfdb-header' and jsonb_array_length(a.facts -> 'diagnoses') > 0
     ), models as (${inForce}), made as (${request})
     select exists (select 1 from asked, models) as asked, ${backlog} as ready`,
    { ids: JSON.stringify(recordingIds), task: 'ecg', modality: 'ecg', limit },
  );
  return row!;
}

/**
 * Asks for every Xcelera export to be evaluated that one of these echo instances is of, with each model in force.
 * @returns how many echo recordings are ready, up to `limit`
 */
export async function requestEchoEvaluationsOf(
  database: Database,
  recordingIds: readonly string[],
  limit: number,
): Promise<number> {
  const [row] = await database.query<{ ready: number }>(
    `with asked as (
       select distinct 'echo' as domain, l.folder as data_set from views.instance_recordings l
       where l.recording_id in (select id::uuid from jsonb_array_elements_text(:ids::jsonb) as id)
     ), models as (
       select distinct on (task) name, version from registry.models
       where task <> 'ecg' and promoted_at is not null order by task, promoted_at desc, name, version
     ), made as (${request})
     select ${backlog} as ready`,
    { ids: JSON.stringify(recordingIds), modality: 'echo', limit },
  );
  return row!.ready;
}

/** The SQL that asks for all data sets of a model's domain; `models (name, version, task)` are those that came into force. */
export const requestForPromoted = `insert into registry.evaluations (id, domain, data_set, model_name, model_version, state)
  select gen_random_uuid(), d.domain, d.data_set, m.name, m.version, 'requested'
  from models m join registry.data_sets d on d.domain = case when m.task = 'ecg' then 'ecg' else 'echo' end
  on conflict do nothing`;

/** A request with what it waits for. */
export interface RequestedEvaluation extends Evaluation {
  /** Recordings of the data set that are on their way to a score, and those that this model has scored. */
  readonly pending: number;
  readonly scored: number;
  /** The same was evaluated a short while ago. */
  readonly rests: boolean;
  /** Seconds since it was asked for. */
  readonly age: number;
}

/**
 * The requests of one domain. `DOMAIN.evaluated_recordings(data set, model, version)` gives the recordings of a data
 * set with their state and whether this model has scored them.
 */
export function requestedEvaluations(
  database: Database,
  domain: EvaluationDomain,
): Promise<RequestedEvaluation[]> {
  return database.query<RequestedEvaluation>(
    `select ${columns}, p.pending, p.scored,
            extract(epoch from now() - e.created_at)::int as age,
            exists (select 1 from registry.evaluations o
                    where o.domain = e.domain and o.data_set = e.data_set and o.model_name = e.model_name
                      and o.model_version = e.model_version and o.state <> 'requested'
                      and o.changed_at > now() - make_interval(hours => :restHours::int)) as rests
     from registry.evaluations e
     cross join lateral (
       select count(*) filter (where r.state in ('ready', 'dispatched'))::int as pending,
              count(*) filter (where r.state = 'scored' and r.scored)::int as scored
       from ${domain}.evaluated_recordings(e.data_set, e.model_name, e.model_version) r
     ) p
     where e.state = 'requested' and e.domain = :domain
     order by e.created_at limit 50`,
    { domain, restHours },
  );
}

/** What the labels of an ECG data set say, and the classes of the model: whether they have anything in common. */
export async function evaluatedLabels(
  database: Database,
  { dataSet, modelName, modelVersion }: Evaluation,
): Promise<{ readonly labels: string[]; readonly classes: string[] }> {
  const [row] = await database.query<{ labels: string[]; classes: string[] }>(
    `select coalesce((
              select jsonb_agg(distinct label) from (
                select jsonb_array_elements_text(l.present) as label from ecg.labelled_recordings l
                where l.data_set = :dataSet
                union
                select jsonb_array_elements_text(s.classes) from ecg.current_label_sets s where s.key = :dataSet
              ) named), '[]') as labels,
            coalesce((select card -> 'classes' from registry.models
                      where name = :modelName and version = :modelVersion), '[]') as classes`,
    { dataSet, modelName, modelVersion },
  );
  return row!;
}

/** Takes a request back that has nothing to wait for; it is made again when a recording of its data set comes. */
export async function withdrawEvaluation(database: Database, id: string): Promise<void> {
  await database.query(`delete from registry.evaluations where id = :id::uuid and state = 'requested'`, {
    id,
  });
}

/** Notes the job of an evaluation, unless another dispatch did so before. @returns whether this call did */
export async function markEvaluationSubmitted(
  database: Database,
  id: string,
  jobId: string,
): Promise<boolean> {
  const rows = await database.query<{ id: string }>(
    `update registry.evaluations set state = 'submitted', job_id = :jobId, changed_at = now()
     where id = :id::uuid and state = 'requested' returning id::text as id`,
    { id, jobId },
  );
  return rows.length > 0;
}

/**
 * Ends the wait for a job that is over while its evaluation is not. A job that failed has had its attempts; one that
 * Batch no longer knows is made up for by another, `maxRuns` times in all, unless the same is asked for anew anyway.
 */
export async function releaseEvaluation(
  database: Database,
  id: string,
  jobId: string,
  jobFailed: boolean,
): Promise<void> {
  await database.query(
    `with ended as (
       select e.id, :jobFailed or e.attempts + 1 >= :maxRuns or exists (
                select 1 from registry.evaluations r
                where r.domain = e.domain and r.data_set = e.data_set and r.model_name = e.model_name
                  and r.model_version = e.model_version and r.state = 'requested') as failed
       from registry.evaluations e
       where e.id = :id::uuid and e.state = 'submitted' and e.job_id = :jobId
     )
     update registry.evaluations e
     set attempts = e.attempts + 1, changed_at = now(),
         state = case when ended.failed then 'failed' else 'requested' end,
         reason = case when ended.failed then 'attempts_exhausted' end
     from ended where e.id = ended.id and e.state = 'submitted' and e.job_id = :jobId`,
    { id, jobId, jobFailed, maxRuns },
  );
}

/** Ends an evaluation; one that has ended keeps its end. */
export async function finishEvaluation(
  database: Database,
  id: string,
  outcome:
    | { readonly state: 'finished'; readonly recordings: number; readonly reportKey: string }
    | { readonly state: 'failed'; readonly reason: Reason; readonly detail?: string },
): Promise<void> {
  const finished = outcome.state === 'finished' ? outcome : undefined;
  const failed = outcome.state === 'failed' ? outcome : undefined;
  await database.query(
    `update registry.evaluations
     set state = :state, recordings = :recordings::int, report_key = :reportKey, reason = :reason, detail = :detail,
         changed_at = now()
     where id = :id::uuid and state in ('requested', 'submitted')`,
    {
      id,
      state: outcome.state,
      recordings: finished?.recordings ?? null,
      reportKey: finished?.reportKey ?? null,
      reason: failed?.reason ?? null,
      detail: failed?.detail ?? null,
    },
  );
}

/** An evaluation as the command line shows it. */
export interface ListedEvaluation extends Evaluation {
  readonly state: 'requested' | 'submitted' | 'finished' | 'failed';
  readonly reason: Reason | null;
  readonly detail: string | null;
  readonly recordings: number | null;
  readonly reportKey: string | null;
  readonly changedAt: string;
}

/** The newest evaluations, or the one with this id. */
export function listEvaluations(database: Database, id: string | null = null): Promise<ListedEvaluation[]> {
  return database.query<ListedEvaluation>(
    `select ${columns}, e.state, e.reason, e.detail, e.recordings, e.report_key as "reportKey",
            to_char(e.changed_at, 'YYYY-MM-DD"T"HH24:MI:SSOF') as "changedAt"
     from registry.evaluations e where :id::uuid is null or e.id = :id::uuid
     order by e.changed_at desc, e.id limit 50`,
    { id },
  );
}
