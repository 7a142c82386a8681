import type { Reason } from '../errors.ts';
import type { Database } from './database.ts';
import { maxRuns } from './recordings.ts';

/** A training run as its experiment file asked for it. */
export interface RequestedRun {
  readonly id: string;
  readonly name: string;
  readonly experiment: Readonly<Record<string, unknown>>;
}

/** Training runs that no job was submitted for yet. */
export async function requestedRuns(database: Database): Promise<RequestedRun[]> {
  return database.query<RequestedRun>(
    `select id::text as id, name, experiment from registry.runs
     where state = 'requested' order by created_at limit 50`,
  );
}

/** Notes the job of a run, unless another dispatch did so before. @returns whether this call did */
export async function markTrainingSubmitted(
  database: Database,
  runId: string,
  jobId: string,
): Promise<boolean> {
  const rows = await database.query<{ id: string }>(
    // A quick job's first epoch can come before this.
    `update registry.runs
     set state = case when state = 'requested' then 'submitted' else state end, job_id = :jobId, changed_at = now()
     where id = :runId::uuid and (state = 'requested' or (state = 'running' and job_id is null))
     returning id::text as id`,
    { runId, jobId },
  );
  return rows.length > 0;
}

/**
 * Ends the wait for a job that is over while its training is not. A job that failed has had its attempts; one that Batch
 * no longer knows is made up for by another, which goes on from the last checkpoint, `maxRuns` times in all.
 */
export async function releaseTraining(
  database: Database,
  runId: string,
  jobId: string,
  jobFailed: boolean,
): Promise<void> {
  await database.query(
    `update registry.runs
     set attempts = attempts + 1, changed_at = now(),
         state = case when :jobFailed or attempts + 1 >= :maxRuns then 'failed' else 'requested' end,
         reason = case when :jobFailed or attempts + 1 >= :maxRuns then 'attempts_exhausted' end
     -- One that runs without its job being noted was submitted by a dispatch that was interrupted.
     where id = :runId::uuid and ((state in ('submitted', 'running') and job_id = :jobId)
                                  or (state = 'running' and job_id is null))`,
    { runId, jobId, jobFailed, maxRuns },
  );
}

/** Stores an epoch's figures; a repeated epoch (after a resume) replaces its own. */
export async function recordEpoch(
  database: Database,
  runId: string,
  epoch: number,
  metrics: Readonly<Record<string, number>>,
): Promise<void> {
  const rows = Object.entries(metrics).map(([metric, value]) => ({ metric, value }));
  await database.query(
    `with started as (
       update registry.runs set state = 'running', epoch = :epoch, changed_at = now()
       where id = :runId::uuid and state in ('requested', 'submitted', 'running')
     )
     insert into registry.metrics (run_id, epoch, metric, value)
     select :runId::uuid, :epoch, m.metric, m.value
     from jsonb_to_recordset(:metrics::jsonb) as m(metric text, value double precision)
     on conflict (run_id, epoch, metric) do update set value = excluded.value`,
    { runId, epoch, metrics: JSON.stringify(rows) },
  );
}

/** Ends a training run; a run that has ended keeps its end. */
export async function finishTraining(
  database: Database,
  runId: string,
  outcome:
    | { readonly state: 'finished' }
    | { readonly state: 'failed'; readonly reason: Reason; readonly detail?: string },
): Promise<void> {
  const failed = outcome.state === 'failed' ? outcome : undefined;
  await database.query(
    `update registry.runs set state = :state, reason = :reason, detail = :detail, changed_at = now()
     where id = :runId::uuid and state not in ('finished', 'failed')`,
    { runId, state: outcome.state, reason: failed?.reason ?? null, detail: failed?.detail ?? null },
  );
}

/** Where a training run stands. */
export interface TrainingRun {
  readonly id: string;
  readonly name: string;
  readonly state: 'requested' | 'submitted' | 'running' | 'finished' | 'failed';
  readonly reason: Reason | null;
  readonly detail: string | null;
  readonly epoch: number | null;
  /** The figures of the last epoch, for people. */
  readonly figures: string;
}

/**
 * The run that an uploaded experiment file asked for; `refusal` when the file was rejected; undefined before ingest has
 * seen it.
 */
export async function trainingRun(
  database: Database,
  key: string,
): Promise<(TrainingRun & { refusal?: undefined }) | { refusal: string } | undefined> {
  const [row] = await database.query<
    TrainingRun & { object_reason: string | null; object_detail: string | null }
  >(
    `select r.id::text as id, r.name, r.state, r.reason, r.detail, r.epoch,
            o.reason as object_reason, o.detail as object_detail,
            coalesce((select string_agg(m.metric || ' ' || round(m.value::numeric, 4), ', ' order by m.metric)
                      from registry.metrics m where m.run_id = r.id and m.epoch = r.epoch), '') as figures
     from catalog.objects o left join registry.runs r on r.object_id = o.id
     where o.key = :key order by o.id desc limit 1`,
    { key },
  );
  if (row === undefined) return undefined;
  const { object_reason, object_detail, ...run } = row;
  return object_reason === null ? run : { refusal: `${object_reason}: ${object_detail ?? ''}` };
}
