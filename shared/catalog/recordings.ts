import type { Reason } from '../errors.ts';
import type { Database } from './database.ts';
import { type EcgExplanation, type NewFindings, storeExplanations, storeFindings } from './ecg-findings.ts';
import type { RecordingSource } from './objects.ts';

/** Hours after which a half that is still alone is reported. */
export const halfAbsentHours = 24;

/** Seconds after which an ECG that the edge has not scored is given to Batch. */
export const edgePatience = 300;

/** Runs that may fail for reasons outside the file before a recording counts as failed. */
export const maxRuns = 3;

/** A recording as the Batch lane handles it. */
export interface ClaimedRecording {
  readonly id: string;
  readonly modality: 'ecg' | 'echo';
  readonly format: string;
  readonly source: RecordingSource;
  /** It has scores already, which stay if it cannot be scored again. */
  readonly scoredBefore: boolean;
}

/** Whether `r`, a row of catalog.recordings, was scored in an earlier round. */
const scoredBefore = `exists (select 1 from catalog.rounds e where e.recording_id = r.id and e.state = 'scored')`;

/**
 * Claims ready recordings for a run, oldest first, and opens the run. ECGs are the edge's unless they have waited for
 * `edgePatience` or the backlog is above the edge's limit (`all`); echo is claimed when it is not preprocessed yet or a
 * model is there to score it.
 * @returns how many were claimed; with none no run is opened
 */
export async function claimRecordings(
  database: Database,
  claim: {
    readonly runId: string;
    readonly modality: 'ecg' | 'echo';
    readonly all: boolean;
    readonly scorable: boolean;
    readonly limit: number;
  },
): Promise<number> {
  const [row] = await database.query<{ claimed: number }>(
    `with chosen as (
       select id from catalog.recordings
       where state = 'ready' and modality = :modality
         and (case when :modality = 'ecg'
              then :scorable and (:all or ready_at < now() - make_interval(secs => :patience))
              else prepared is null or :scorable end)
       order by ready_at limit :limit for update skip locked
     ), opened as (
       insert into catalog.runs (id, state, modality, recordings)
       select :runId::uuid, 'claimed', :modality, count(*) from chosen having count(*) > 0
     ), claimed as (
       update catalog.recordings r
       set state = 'dispatched', lane = 'batch', run_id = :runId::uuid, dispatched_at = now()
       from chosen where r.id = chosen.id and r.state = 'ready'
       returning r.id
     )
     select count(*)::int as claimed from claimed`,
    { ...claim, patience: edgePatience },
  );
  return row!.claimed;
}

/** The recordings of a run, in pages by their ids. */
export function claimedRecordings(database: Database, runId: string): AsyncGenerator<ClaimedRecording[]> {
  return database.pages<ClaimedRecording>(
    `select r.id::text as id, r.modality, r.format, catalog.source_of(r) as source, ${scoredBefore} as "scoredBefore"
     from catalog.recordings r
     where r.run_id = :runId::uuid and r.state = 'dispatched' and (:after::uuid is null or r.id > :after::uuid)
     order by r.id limit :rows`,
    { runId },
    'id',
  );
}

/**
 * Gives the rest of a run back: to `ready`, or, when it was the last of `maxRuns`, to `failed`, or to `scored` where it has
 * scores of an earlier round.
 * @returns how many recordings failed for good
 */
export async function releaseRun(database: Database, runId: string): Promise<number> {
  const [row] = await database.query<{ failed: number }>(
    `with given_back as (
       update catalog.recordings r
       set attempts = case when r.attempts + 1 >= :maxRuns and ${scoredBefore} then 0 else r.attempts + 1 end,
           run_id = null,
           state = case when r.attempts + 1 < :maxRuns then 'ready' when ${scoredBefore} then 'scored' else 'failed' end,
           reason = case when r.attempts + 1 >= :maxRuns and not ${scoredBefore} then 'attempts_exhausted' end,
           finished_at = case when r.attempts + 1 >= :maxRuns then now() end
       where run_id = :runId::uuid and state = 'dispatched'
       returning r.id, r.state, r.ready_at, r.dispatched_at, r.finished_at, r.lane
     ), kept as (
       insert into catalog.rounds (recording_id, ready_at, dispatched_at, finished_at, state, reason, lane, run_id)
       select id, ready_at, dispatched_at, finished_at, 'failed', 'attempts_exhausted', lane, :runId::uuid
       from given_back where state = 'scored'
     ), closed as (
       update catalog.runs set state = 'finished', finished_at = now()
       where id = :runId::uuid and state in ('claimed', 'submitted')
     )
     select (count(*) filter (where state <> 'ready'))::int as failed from given_back`,
    { runId, maxRuns },
  );
  return row!.failed;
}

/** One label of one recording. */
export interface Prediction {
  readonly label: string;
  readonly probability: number;
  readonly threshold: number;
  readonly positive: boolean;
}

/** What a net said of one recording. `runId` is that of the claim; null for the edge, which claims nothing. */
export interface ScoredRecording {
  readonly id: string;
  readonly runId: string | null;
  readonly modelName: string;
  readonly modelVersion: string;
  readonly preprocessingHash: string;
  readonly codeVersion: string;
  readonly inputVersion: string;
  readonly predictions: readonly Prediction[];
  /** Of an ECG. */
  readonly findings?: NewFindings;
  readonly explanation?: EcgExplanation;
}

/** The condition under which whoever holds `s.run_id` may end a recording: its claim, or `ready` for the edge. */
export const held = `((s."runId" is null and r.state = 'ready') or (r.state = 'dispatched' and r.run_id = s."runId"))`;

/**
 * Ends recordings as scored and stores their predictions, findings and explanations, in one statement; a recording that somebody else has ended
 * or claimed meanwhile is left alone, so that nothing is scored twice.
 * @returns the ids that were scored by this call
 */
export async function recordScores(
  database: Database,
  scored: readonly ScoredRecording[],
): Promise<string[]> {
  if (scored.length === 0) return [];
  const rows = await database.query<{ id: string }>(
    `with s as (
       select * from jsonb_to_recordset(:scored::jsonb) as s(
         id uuid, "runId" uuid, "modelName" text, "modelVersion" text, "preprocessingHash" text, "codeVersion" text,
         "inputVersion" text, predictions jsonb, findings jsonb, explanation jsonb)
     ), ended as (
       update catalog.recordings r
       set state = 'scored', finished_at = now(), lane = case when s."runId" is null then 'edge' else 'batch' end
       from s where r.id = s.id and ${held}
       returning r.id
     ), stored as (
       insert into ecg.predictions (recording_id, model_name, model_version, preprocessing_hash, label, probability,
                                    threshold, positive, code_version, input_version)
       select s.id, s."modelName", s."modelVersion", s."preprocessingHash", p.label, p.probability, p.threshold,
              p.positive, s."codeVersion", s."inputVersion"
       from s join ended using (id),
       lateral jsonb_to_recordset(s.predictions) as p(
         label text, probability double precision, threshold double precision, positive boolean)
       on conflict do nothing
     ), ${storeFindings}, ${storeExplanations}
     select id::text as id from ended`,
    { scored: JSON.stringify(scored) },
  );
  return rows.map(({ id }) => id);
}

/** A recording that cannot be scored for a reason in the file. */
export interface RefusedRecording {
  readonly id: string;
  readonly runId: string | null;
  readonly reason: Reason;
  readonly detail?: string;
  /** Of an ECG whose signals could be looked at. */
  readonly findings?: NewFindings;
}

/**
 * Ends recordings as rejected, under the same guard, and stores what was found of them nevertheless. Those with scores of
 * an earlier round keep them.
 * @returns the ids that were rejected by this call
 */
export async function rejectRecordings(
  database: Database,
  refused: readonly RefusedRecording[],
): Promise<string[]> {
  if (refused.length === 0) return [];
  const rows = await database.query<{ id: string }>(
    `with s as (
       select * from jsonb_to_recordset(:refused::jsonb) as s(
         id uuid, "runId" uuid, reason text, detail text, findings jsonb)
     ), ended as (
       update catalog.recordings r
       set state = case when ${scoredBefore} then 'scored' else 'rejected' end,
           reason = case when ${scoredBefore} then null else s.reason end,
           detail = case when ${scoredBefore} then null else s.detail end, finished_at = now(), noted_at = null
       from s where r.id = s.id and ${held}
       returning r.id, r.state, r.ready_at, r.dispatched_at, r.finished_at, r.lane, r.run_id, s.reason, s.detail
     ), kept as (
       insert into catalog.rounds (recording_id, ready_at, dispatched_at, finished_at, state, reason, detail, lane, run_id)
       select id, ready_at, dispatched_at, finished_at, 'rejected', reason, detail, lane, run_id
       from ended where state = 'scored'
     ), ${storeFindings}
     select id::text as id from ended where state = 'rejected'`,
    { refused: JSON.stringify(refused) },
  );
  return rows.map(({ id }) => id);
}

/**
 * Marks recordings of a run as preprocessed. Those that no model scores yet (`again`) go back to ready and are claimed
 * again when one is promoted; the rest go on to inference.
 */
export async function recordPrepared(
  database: Database,
  runId: string,
  prepared: readonly { readonly id: string; readonly hash: string; readonly again: boolean }[],
): Promise<void> {
  if (prepared.length === 0) return;
  await database.query(
    `update catalog.recordings r
     set prepared = s.hash, state = case when s.again then 'ready' else r.state end,
         run_id = case when s.again then null else r.run_id end
     from jsonb_to_recordset(:prepared::jsonb) as s(id uuid, hash text, again boolean)
     where r.id = s.id and r.state = 'dispatched' and r.run_id = :runId::uuid`,
    { runId, prepared: JSON.stringify(prepared) },
  );
}

/** Which recordings a run still holds, and with which preprocessing (null: none yet). */
export async function heldRecordings(database: Database, runId: string): Promise<Map<string, string | null>> {
  const held = new Map<string, string | null>();
  const pages = database.pages<{ id: string; prepared: string | null }>(
    `select id::text as id, prepared from catalog.recordings
     where run_id = :runId::uuid and state = 'dispatched' and (:after::uuid is null or id > :after::uuid)
     order by id limit :rows`,
    { runId },
    'id',
  );
  for await (const page of pages) for (const { id, prepared } of page) held.set(id, prepared);
  return held;
}

/** The SQL of how many recordings of `:modality` are ready, counted up to `:limit` so that the cost of asking stays the same. */
export const backlog = `(select count(*)::int from (
    select 1 from catalog.recordings where state = 'ready' and modality = :modality limit :limit
  ) as ready)`;

/** Recordings that are ready at the moment, up to a limit. */
export async function readyBacklog(
  database: Database,
  modality: 'ecg' | 'echo',
  limit: number,
): Promise<number> {
  const [row] = await database.query<{ ready: number }>(`select ${backlog} as ready`, { modality, limit });
  return row!.ready;
}

/** Reports halves that have been alone for a day. @returns how many recordings and objects that concerned */
export async function expireHalves(database: Database): Promise<number> {
  const [row] = await database.query<{ expired: number }>(
    `with recordings as (
       update catalog.recordings
       set state = 'rejected', reason = 'half_absent', finished_at = now(), noted_at = null
       where state = 'waiting' and created_at < now() - make_interval(hours => :hours::int)
       returning 1
     ), objects as (
       update catalog.objects set state = 'rejected', reason = 'half_absent', noted_at = null
       where state = 'waiting' and received_at < now() - make_interval(hours => :hours::int)
       returning 1
     )
     select ((select count(*) from recordings) + (select count(*) from objects))::int as expired`,
    { hours: halfAbsentHours },
  );
  return row!.expired;
}
