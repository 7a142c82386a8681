import type { Database } from './database.ts';

/**
 * Seconds from the first sight of each recording's upload to its scores; of one that was scored again, from when it was
 * ready for that. Recordings that are not scored are left out.
 */
export async function secondsToScore(database: Database, ids: readonly string[]): Promise<number[]> {
  if (ids.length === 0) return [];
  const rows = await database.query<{ seconds: number }>(
    `select extract(epoch from r.finished_at - case
              when exists (select 1 from catalog.rounds e where e.recording_id = r.id) then r.ready_at
              else o.received_at end)::double precision as seconds
     from jsonb_array_elements_text(:ids::jsonb) as given(id)
     join catalog.recordings r on r.id = given.id::uuid
     join catalog.objects o on o.id = r.object_id
     where r.state = 'scored'`,
    { ids: JSON.stringify(ids) },
  );
  return rows.map(({ seconds }) => seconds);
}
