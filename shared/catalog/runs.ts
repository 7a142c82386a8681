import type { Database } from './database.ts';

/** Minutes after which a run that was claimed and never submitted is given back. */
const claimMinutes = 5;

/** Notes the jobs of a run. A run that was given back meanwhile stays as it is: its jobs will find nothing to do. */
export async function markSubmitted(
  database: Database,
  runId: string,
  jobs: { readonly preprocess: string; readonly infer: string | null },
): Promise<void> {
  await database.query(
    `update catalog.runs set state = 'submitted', preprocess_job = :preprocess, infer_job = :infer
     where id = :runId::uuid and state = 'claimed'`,
    { runId, ...jobs },
  );
}

/** Runs whose dispatch was interrupted between claim and submission. */
export async function strandedRuns(database: Database): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    `select id::text as id from catalog.runs
     where state = 'claimed' and created_at < now() - make_interval(mins => :minutes::int)`,
    { minutes: claimMinutes },
  );
  return rows.map(({ id }) => id);
}

/** Whether a run of this modality is on its way. */
export async function hasOpenRun(database: Database, modality: 'ecg' | 'echo'): Promise<boolean> {
  const rows = await database.query<{ id: string }>(
    `select id::text as id from catalog.runs
     where state in ('claimed', 'submitted') and modality = :modality limit 1`,
    { modality },
  );
  return rows.length > 0;
}

/** Work that waits for the end of a Batch job. */
export interface AwaitedJob {
  /** A run (with recordings, or with the files of an import), an evaluation, or a training run. */
  readonly kind: 'run' | 'evaluation' | 'training';
  readonly id: string;
  /** The job that decides it. */
  readonly job: string;
}

/**
 * Work of which nothing was heard for some minutes, for comparing with Batch: the event of a job's end may have been
 * missed.
 */
export function awaitedJobs(database: Database, quietMinutes: number): AsyncGenerator<AwaitedJob[]> {
  return database.pages<AwaitedJob>(
    `select kind, id::text as id, job from (
       select 'run' as kind, id, coalesce(infer_job, preprocess_job) as job, created_at as heard_at
       from catalog.runs where state = 'submitted'
       union all
       select 'evaluation', id, job_id, changed_at from registry.evaluations where state = 'submitted'
       union all
       select 'training', id, job_id, changed_at from registry.runs where state in ('submitted', 'running')
     ) awaited
     where job is not null and heard_at < now() - make_interval(mins => :quietMinutes::int)
       and (:after::text is null or job > :after::text)
     order by job limit :rows`,
    { quietMinutes },
    'job',
  );
}

const finalStates = ['SUCCEEDED', 'FAILED'];

/** A change of state of one Batch job (a whole one or an array's parent). */
export interface JobChange {
  readonly jobId: string;
  readonly runId: string;
  readonly program: string;
  readonly state: string;
  readonly reason: string | null;
  /** ISO 8601. */
  readonly changedAt: string;
}

/**
 * Stores a job's state unless a final or a later one is known: events are late, doubled and out of order.
 * @returns whether this call stored it
 */
export async function recordJobChange(database: Database, change: JobChange): Promise<boolean> {
  const rows = await database.query<{ job_id: string }>(
    `insert into catalog.jobs as j (job_id, run_id, program, state, reason, changed_at)
     values (:jobId, :runId::uuid, :program, :state, :reason, :changedAt::timestamptz)
     on conflict (job_id) do update set state = excluded.state, reason = excluded.reason, changed_at = excluded.changed_at
     where j.state not in ('SUCCEEDED', 'FAILED')
       and (excluded.state in ('SUCCEEDED', 'FAILED') or excluded.changed_at > j.changed_at)
     returning job_id`,
    { ...change },
  );
  return rows.length > 0;
}

export const isFinal = (state: string): boolean => finalStates.includes(state);

/** Whether this job is the one that ends its run (inference, or preprocessing where nothing is inferred). */
export async function endsRun(database: Database, runId: string, jobId: string): Promise<boolean> {
  const rows = await database.query<{ id: string }>(
    `select id::text as id from catalog.runs
     where id = :runId::uuid and state = 'submitted' and coalesce(infer_job, preprocess_job) = :jobId`,
    { runId, jobId },
  );
  return rows.length > 0;
}

/** The final state of a job that was heard of before its work was marked as submitted; undefined: none yet. */
export async function finalState(database: Database, jobId: string): Promise<string | undefined> {
  const [row] = await database.query<{ state: string }>(
    `select state from catalog.jobs where job_id = :jobId and state in ('SUCCEEDED', 'FAILED')`,
    { jobId },
  );
  return row?.state;
}
