import type { LabelledRecord } from '../ecg/formats/label-csv.ts';
import type { Database } from './database.ts';
import type { UploadedObject } from './objects.ts';

/** Bytes of rows that one statement takes: the Data API refuses requests above 4 MiB. */
const statementBytes = 512 << 10;

/**
 * Stores the rows of an indexed label table, in as many statements as the Data API's limits ask for. Until the last of
 * them is in, the table before it (an older version, or none) counts. May be repeated: it goes on where it was
 * interrupted, so that a table that takes longer than one call still comes to its end.
 */
export async function storeLabels(
  database: Database,
  { bucket, key, versionId }: Pick<UploadedObject, 'bucket' | 'key' | 'versionId'>,
  labels: readonly LabelledRecord[],
): Promise<void> {
  const name = { bucket, key, versionId };
  const classes = classesOf(labels);
  await database.query(
    `insert into ecg.label_sets (object_id, classes, records)
     select id, :classes::jsonb, :records::int from catalog.objects
     where bucket = :bucket and key = :key and version_id = :versionId
     on conflict do nothing`,
    { ...name, classes: classes === null ? null : JSON.stringify(classes), records: labels.length },
  );
  // Rows go in by their order, each statement wholly or not at all: those that are there are the first ones.
  const [stored] = await database.query<{ rows: number }>(
    `select count(*)::int as rows from ecg.labels l join catalog.objects o on o.id = l.object_id
     where o.bucket = :bucket and o.key = :key and o.version_id = :versionId`,
    name,
  );
  let rows: string[] = [];
  let bytes = 0;
  const flush = async () => {
    await database.query(
      `insert into ecg.labels (object_id, record, present)
       select o.id, l.record, l.present
       from jsonb_to_recordset(:rows::jsonb) as l(record text, present jsonb), catalog.objects o
       where o.bucket = :bucket and o.key = :key and o.version_id = :versionId
       on conflict do nothing`,
      { ...name, rows: `[${rows.join(',')}]` },
    );
    rows = [];
    bytes = 0;
  };
  for (const { record, present } of labels.slice(stored!.rows)) {
    const row = JSON.stringify({ record, present: present.map(withoutNul) });
    if (bytes + Buffer.byteLength(row) > statementBytes && rows.length > 0) await flush();
    rows.push(row);
    bytes += Buffer.byteLength(row);
  }
  if (rows.length > 0) await flush();
  await database.query(
    `update ecg.label_sets s set complete_at = now()
     from catalog.objects o
     where o.id = s.object_id and o.bucket = :bucket and o.key = :key and o.version_id = :versionId
       and s.complete_at is null`,
    name,
  );
}

/** The classes that a table knows of every record; null for a list of diagnoses. */
function classesOf(labels: readonly LabelledRecord[]): string[] | null {
  if (labels.every(({ absent }) => absent.length === 0)) return null;
  return [...new Set(labels.flatMap(({ present, absent }) => [...present, ...absent]))]
    .map(withoutNul)
    .sort();
}

/** PostgreSQL takes no NUL inside a text, and one such table would be delivered for ever. */
const withoutNul = (text: string): string => text.replaceAll('\0', '');
