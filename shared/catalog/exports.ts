import type { ExportRow } from '../echo/xcelera/read-export.ts';
import type { ColumnType, ExportTable, ExportTableName } from '../echo/xcelera/tables.ts';
import type { Reason } from '../errors.ts';
import type { Database } from './database.ts';
import { type ChangedTable, makeExportJoins } from './export-joins.ts';
import { maxRuns } from './recordings.ts';

/** A file of an Xcelera export that a run imports. */
export interface ClaimedExport {
  /** Of `catalog.objects`. */
  readonly id: number;
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  /** The export that it is of: its folder with the slash, '/' for the root of the bucket. */
  readonly folder: string;
  /** In bytes. */
  readonly size: number;
}

/** Files of one run: one job reads them one after another. */
const filesPerRun = 200;

/** Bytes of rows that one statement takes: the Data API refuses requests above 4 MiB. */
const statementBytes = 1 << 20;

/** The SQL for the folder of a key, with its slash. */
const folderOf = (key: string): string => `coalesce(nullif(regexp_replace(${key}, '[^/]*$', ''), ''), '/')`;

/** Rows that one statement removes. */
const removedAtOnce = 50_000;

/**
 * Claims the indexed files that nobody imports, and those of runs that ended without it, and opens a run. Those that
 * ended so too often are refused. While a run is importing, others wait for its end: each would make the joins anew.
 * @returns the files in the order in which they came; with none no run is opened
 */
export async function claimExports(database: Database, runId: string): Promise<ClaimedExport[]> {
  await database.query(
    `with given_up as (
       update raw.exports e set state = 'refused', changed_at = now()
       from catalog.runs u
       where u.id = e.run_id and u.state in ('finished', 'abandoned') and e.state = 'claimed' and e.attempts >= :maxRuns
       returning e.object_id
     )
     update catalog.objects o set state = 'rejected', reason = 'attempts_exhausted', noted_at = null
     from given_up where o.id = given_up.object_id and o.state = 'indexed'`,
    { maxRuns },
  );
  return database.query<ClaimedExport>(
    `with due as (
       select o.id, o.bucket, o.key, o.version_id, o.size
       from catalog.objects o
       left join raw.exports e on e.object_id = o.id
       left join catalog.runs u on u.id = e.run_id
       where o.kind = 'xcelera' and o.state = 'indexed'
         and (e.object_id is null or (e.state = 'claimed' and u.state in ('finished', 'abandoned')))
         and not exists (
           select 1 from raw.exports busy join catalog.runs run on run.id = busy.run_id
           where busy.state = 'claimed' and run.state in ('claimed', 'submitted'))
       order by o.id limit ${filesPerRun} for update of o skip locked
     ), opened as (
       insert into catalog.runs (id, state, modality, recordings)
       select :runId::uuid, 'claimed', 'echo', 0 from due having count(*) > 0
       returning id
     ), claimed as (
       insert into raw.exports as e (object_id, folder, run_id, state)
       select due.id, ${folderOf('due.key')}, opened.id, 'claimed'
       from due, opened
       on conflict (object_id) do update
       set run_id = excluded.run_id, attempts = e.attempts + 1, changed_at = now()
       where e.state = 'claimed'
       returning e.object_id, e.folder
     )
     select due.id, due.bucket, due.key, due.version_id as "versionId", claimed.folder,
            due.size::double precision as size
     from due join claimed on claimed.object_id = due.id order by due.id`,
    { runId },
  );
}

/** Which of these files still wait to be imported by this run. */
export async function heldExports(database: Database, runId: string): Promise<Set<number>> {
  const rows = await database.query<{ id: number }>(
    `select object_id as id from raw.exports where run_id = :runId::uuid and state = 'claimed'`,
    { runId },
  );
  return new Set(rows.map(({ id }) => id));
}

const sqlTypes: Record<ColumnType, string> = {
  integer: 'bigint',
  number: 'double precision',
  text: 'text',
};

/**
 * Writes the raw rows of one file, in statements of about a mebibyte. Until the file counts (`finishExports`) nobody sees
 * them; a row that is there already is left alone, so that what was interrupted is taken up again.
 */
export class RawRows {
  readonly #database: Database;
  readonly #objectId: number;
  #rows: string[] = [];
  #bytes = 0;
  #table: ExportTable | undefined;
  #stored = 0;

  constructor(database: Database, objectId: number) {
    this.#database = database;
    this.#objectId = objectId;
  }

  /** Rows written by now, those that were there before among them. */
  get stored(): number {
    return this.#stored;
  }

  async add(table: ExportTable, rows: readonly ExportRow[]): Promise<void> {
    this.#table = table;
    for (const { line, values, others } of rows) {
      const text = JSON.stringify(others === null ? { line, ...values } : { line, ...values, others });
      const bytes = Buffer.byteLength(text);
      if (this.#bytes + bytes > statementBytes) await this.flush();
      this.#rows.push(text);
      this.#bytes += bytes;
    }
  }

  async flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    const { name, columns } = this.#table!;
    const names = ['line', ...columns.map((column) => column.name), 'others'];
    const types = ['line int', ...columns.map((column) => `${column.name} ${sqlTypes[column.type]}`)];
    await this.#database.query(
      `insert into raw.${name} (object_id, ${names.join(', ')})
       select :objectId, ${names.map((column) => `r.${column}`).join(', ')}
       from jsonb_to_recordset(:rows::jsonb) as r(${types.join(', ')}, others jsonb)
       on conflict do nothing`,
      { objectId: this.#objectId, rows: `[${this.#rows.join(',')}]` },
    );
    this.#stored += this.#rows.length;
    this.#rows = [];
    this.#bytes = 0;
  }
}

/** A file whose rows are all stored. */
export interface StoredExport {
  readonly id: number;
  readonly table: ExportTableName;
  readonly rows: number;
}

/** Key of the advisory lock that imports take turns by; any constant that nothing else uses. */
const lock = 7_797_867_832;

/**
 * Makes stored files count, each in place of the older versions of its key, and makes the joins of them: all in one
 * transaction of short statements, so that nobody sees half of it and nobody waits for it.
 */
export async function finishExports(database: Database, stored: readonly StoredExport[]): Promise<void> {
  if (stored.length === 0) return;
  await database.transaction(
    async (transaction) => {
      // Two imports that each do not see the other's files would join without them.
      await transaction.query('select 1 as locked from pg_advisory_xact_lock(:lock)', { lock });
      const counting = await transaction.query<ChangedTable>(
        `with s as (
           select * from jsonb_to_recordset(:stored::jsonb) as s(id bigint, "table" text, rows bigint)
         )
         update raw.exports e set state = 'current', table_name = s."table", rows = s.rows, changed_at = now()
         from s where e.object_id = s.id and e.state in ('claimed', 'current')
         returning e.folder, e.table_name as "table"`,
        { stored: JSON.stringify(stored) },
      );
      const superseded = await transaction.query<ChangedTable>(
        `update raw.exports e set state = 'superseded', changed_at = now()
         from catalog.objects o
         where o.id = e.object_id and e.state = 'current' and exists (
           select 1 from raw.exports f join catalog.objects n on n.id = f.object_id
           where f.state = 'current' and n.bucket = o.bucket and n.key = o.key
             and (n.sequencer collate "C", n.id) > (o.sequencer collate "C", o.id))
         returning e.folder, e.table_name as "table"`,
      );
      // Without the statistics of what has just come, the joins are planned for empty tables and do not end.
      for (const name of ['exports', ...new Set(stored.map(({ table }) => table))])
        await transaction.query(`analyze raw.${name}`);
      await makeExportJoins(transaction, [...counting, ...superseded]);
    },
    { repeatable: true },
  );
}

/** Those of the exports whose files are all imported or refused: until then an evaluation would miss a part. */
export async function settledFolders(database: Database, folders: readonly string[]): Promise<string[]> {
  const rows = await database.query<{ folder: string }>(
    `select f.folder from jsonb_array_elements_text(:folders::jsonb) as f(folder)
     where not exists (
       select 1 from catalog.objects o left join raw.exports e on e.object_id = o.id
       where o.kind = 'xcelera' and o.state = 'indexed' and (e.object_id is null or e.state = 'claimed')
         and ${folderOf('o.key')} = f.folder)`,
    { folders: JSON.stringify(folders) },
  );
  return rows.map(({ folder }) => folder);
}

/** Refuses a file for a reason in it. Its older versions count on. */
export async function refuseExport(
  database: Database,
  id: number,
  reason: Reason,
  detail: string | undefined,
): Promise<void> {
  await database.query(
    `with refused as (
       update raw.exports set state = 'refused', changed_at = now()
       where object_id = :id and state = 'claimed' returning object_id
     )
     update catalog.objects o set state = 'rejected', reason = :reason, detail = :detail, noted_at = null
     from refused where o.id = refused.object_id and o.state = 'indexed'`,
    { id, reason, detail: detail ?? null },
  );
}

/** Removes the rows of files that no longer count or never did, a part at a time. @returns how many */
export async function removeDeadRows(database: Database, tables: readonly ExportTable[]): Promise<number> {
  let removed = 0;
  for (const { name } of tables) {
    for (;;) {
      const [row] = await database.query<{ removed: number }>(
        `with dead as (
           select t.object_id, t.line from raw.exports e join raw.${name} t on t.object_id = e.object_id
           where e.state in ('superseded', 'refused') limit ${removedAtOnce}
         ), removed as (
           delete from raw.${name} t using dead
           where t.object_id = dead.object_id and t.line = dead.line returning 1
         )
         select count(*)::int as removed from removed`,
      );
      removed += row!.removed;
      if (row!.removed < removedAtOnce) break;
    }
  }
  return removed;
}
