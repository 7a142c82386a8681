import type { Database } from './database.ts';

/** What happened to a recording, in the order in which it happened. */
export interface Timeline {
  /** ISO 8601 with milliseconds; `what` is a state of the recording or of its run's jobs. */
  readonly events: readonly { readonly at: string; readonly what: string }[];
  readonly lane: 'edge' | 'batch' | null;
  /** The run that holds or ended it, by which manifest and jobs are named. */
  readonly run: string | null;
}

/** The way of one recording from the first sight of its upload to its end, as far as it has come. */
export async function timelineOf(database: Database, id: string): Promise<Timeline | undefined> {
  const [row] = await database.query<Timeline>(
    `select r.lane, r.run_id::text as run, (
       select coalesce(jsonb_agg(jsonb_build_object(
                'at', to_char(e.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'what', e.what)
              order by e.at, e.step), '[]')
       from (
         values (o.received_at, 1, 'uploaded'), (r.ready_at, 2, 'ready'), (r.dispatched_at, 3, 'dispatched'),
                (r.finished_at, 5, r.state)
         union all
         select j.changed_at, 4, j.program || ' job ' || lower(j.state) from catalog.jobs j where j.run_id = r.run_id
       ) as e(at, step, what)
       where e.at is not null
     ) as events
     from catalog.recordings r join catalog.objects o on o.id = r.object_id
     where r.id = :id::uuid`,
    { id },
  );
  return row;
}
