import { createHash } from 'node:crypto';
import { type Reason, reasons } from '../errors.ts';
import type { Objects } from '../storage/objects.ts';
import type { Database } from './database.ts';

/** Why a file or recording was refused: the content of its JSON note in the results bucket. */
interface Refusal {
  readonly kind: 'object' | 'recording';
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly version_id: string;
  readonly state: 'rejected' | 'failed';
  readonly reason: Reason;
  readonly detail: string | null;
}

/** Longest key of S3, in bytes of UTF-8. */
const longestKey = 1024;

/** Name of the note of one object version; of a key so long that the note's would be none, its hash. */
export function noteKey(key: string, versionId: string): string {
  const name = `notes/${key}@${versionId}.json`;
  if (Buffer.byteLength(name) <= longestKey) return name;
  return `notes/${createHash('sha256').update(key).digest('hex')}@${versionId}.json`;
}

/** Notes written by one call at most. */
const pageOf = 200;

/**
 * Writes the notes that are due: one JSON object in `results/notes/` for each refused file or failed recording. The
 * rows are marked only after their notes are stored, so an interruption at any point writes a note again and loses
 * none.
 * @param bucket the results bucket
 * @returns how many notes were written
 */
export async function writeDueNotes(database: Database, objects: Objects, bucket: string): Promise<number> {
  let written = 0;
  for (;;) {
    const due = await database.query<Refusal>(
      `select * from (
         (select 'object' as kind, o.id::text as id, o.bucket, o.key, o.version_id, o.state, o.reason, o.detail
          from catalog.objects o where o.state = 'rejected' and o.noted_at is null limit ${pageOf})
         union all
         (select 'recording', r.id::text, o.bucket, o.key, o.version_id, r.state, r.reason, r.detail
          from catalog.recordings r join catalog.objects o on o.id = r.object_id
          where r.state in ('rejected', 'failed') and r.noted_at is null limit ${pageOf})
       ) due limit ${pageOf}`,
    );
    if (due.length === 0) return written;
    for (let start = 0; start < due.length; start += 16) {
      await Promise.all(due.slice(start, start + 16).map((refusal) => writeNote(objects, bucket, refusal)));
    }
    await database.query(
      `with s as (select * from jsonb_to_recordset(:noted::jsonb) as s(object bigint, recording uuid, reason text)),
       noted_objects as (
         update catalog.objects o set noted_at = now() from s where o.id = s.object and o.reason = s.reason
       )
       update catalog.recordings r set noted_at = now() from s where r.id = s.recording and r.reason = s.reason`,
      { noted: JSON.stringify(due.map(({ kind, id, reason }) => ({ [kind]: id, reason }))) },
    );
    written += due.length;
  }
}

async function writeNote(objects: Objects, bucket: string, refusal: Refusal): Promise<void> {
  const note = {
    bucket: refusal.bucket,
    key: refusal.key,
    versionId: refusal.version_id,
    state: refusal.state,
    reason: refusal.reason,
    meaning: reasons[refusal.reason],
    ...(refusal.detail === null ? {} : { detail: refusal.detail }),
    kept: true,
  };
  const key = noteKey(refusal.key, refusal.version_id);
  await objects.put({ bucket, key }, `${JSON.stringify(note, null, 2)}\n`, 'application/json');
}
