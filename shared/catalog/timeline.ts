import type { Database } from './database.ts';

/** What happened to a recording, in the order in which it happened. */
export interface Timeline {
  /**
   * ISO 8601 with milliseconds; `what` is a state of the recording, with the reason of a round that ended without scores,
   * or of its runs' jobs.
   */
  readonly events: readonly { readonly at: string; readonly what: string }[];
  readonly lane: 'edge' | 'batch' | null;
  /** The run that holds or ended it, by which manifest and jobs are named. */
  readonly run: string | null;
}

/** The way of one recording from the first sight of its upload to its end, through every round of scoring, as far as it has come. */
export async function timelineOf(database: Database, id: string): Promise<Timeline | undefined> {
  const [row] = await database.query<Timeline>(
    `with ended as (
       select e.ready_at, e.dispatched_at, e.finished_at, concat_ws(': ', e.state, e.reason) as ended, e.run_id
       from catalog.rounds e where e.recording_id = :id::uuid
       union all
       select r.ready_at, r.dispatched_at, r.finished_at, r.state, r.run_id from catalog.recordings r
       where r.id = :id::uuid
         and not exists (select 1 from catalog.rounds e where e.recording_id = r.id and e.ready_at = r.ready_at)
     ), rounds as (
       select *, case when row_number() over (order by ready_at) = 1 then 'ready' else 'ready again' end as begun from ended
     )
     select r.lane, r.run_id::text as run, (
       select coalesce(jsonb_agg(jsonb_build_object(
                'at', to_char(e.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'what', e.what)
              order by e.at, e.step), '[]')
       from (
         values (o.received_at, 1, 'uploaded')
         union all
         select told.at, told.step, told.what
         from rounds, lateral (values
           (rounds.ready_at, 2, rounds.begun), (rounds.dispatched_at, 3, 'dispatched'),
           (rounds.finished_at, 5, rounds.ended)) as told(at, step, what)
         union all
         select j.changed_at, 4, j.program || ' job ' || lower(j.state)
         from catalog.jobs j where j.run_id in (select run_id from rounds)
       ) as e(at, step, what)
       where e.at is not null
     ) as events
     from catalog.recordings r join catalog.objects o on o.id = r.object_id
     where r.id = :id::uuid`,
    { id },
  );
  return row;
}
