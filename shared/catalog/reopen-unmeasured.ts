import type { Database } from './database.ts';

/**
 * Makes echo instances ready again that were scored without chambers for want of a segmentation model, where a model of
 * their view is in force by now. An instance that could not be scored again since that model came into force is left
 * alone until the next promotion. Their earlier round is kept.
 * @returns how many there were, at most `limit`, those that have waited longest first
 */
export async function reopenUnmeasured(database: Database, limit: number): Promise<number> {
  const [row] = await database.query<{ reopened: number }>(
    `with in_force as (
       select substring(task from '^segmentation-(.*)$') as view, max(promoted_at) as promoted_at
       from registry.models where task in ('segmentation-a2c', 'segmentation-a4c') and promoted_at is not null
       group by task
     ), chosen as (
       select r.id from in_force f
       join measurement.instances m on m.view = f.view and m.reasons @> '["no_model"]'
       join catalog.recordings r on r.id = m.recording_id
       where r.state = 'scored'
         and not exists (select 1 from catalog.rounds e
                         where e.recording_id = r.id and e.state <> 'scored' and e.finished_at > f.promoted_at)
       order by r.finished_at limit :limit for update of r skip locked
     ), kept as (
       -- A round that gave the recording back to its scores is there already.
       insert into catalog.rounds (recording_id, ready_at, dispatched_at, finished_at, state, lane, run_id)
       select r.id, r.ready_at, r.dispatched_at, r.finished_at, r.state, r.lane, r.run_id
       from chosen join catalog.recordings r on r.id = chosen.id
       on conflict do nothing
     ), reopened as (
       -- Not prepared: other models may want other frames, and what waits for a model is counted by it.
       update catalog.recordings r
       set state = 'ready', ready_at = now(), dispatched_at = null, finished_at = null, lane = null, run_id = null,
           prepared = null
       from chosen where r.id = chosen.id and r.state = 'scored'
       returning r.id
     )
     select count(*)::int as reopened from reopened`,
    { limit },
  );
  return row!.reopened;
}
