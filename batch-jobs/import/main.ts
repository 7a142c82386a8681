import { Database } from '../../shared/catalog/database.ts';
import { requestEvaluation } from '../../shared/catalog/evaluations.ts';
import {
  type ClaimedExport,
  finishExports,
  heldExports,
  RawRows,
  refuseExport,
  removeDeadRows,
  type StoredExport,
  settledFolders,
} from '../../shared/catalog/exports.ts';
import { writeDueNotes } from '../../shared/catalog/notes.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { readExport } from '../../shared/echo/xcelera/read-export.ts';
import { type ExportTableName, exportTables } from '../../shared/echo/xcelera/tables.ts';
import { SystoleError } from '../../shared/errors.ts';
import { Objects } from '../../shared/storage/objects.ts';
import { type JobContext, report, runProgram } from '../job.ts';
import { checkExports } from './check-exports.ts';

/** Bytes read of an object at a time. */
const pieceBytes = 1 << 20;

interface ImportLine extends ClaimedExport {
  readonly runId: string;
}

/**
 * The import program: brings the files of Xcelera exports into the database, row by row as they are, and lets them
 * count once all of them are there. A file that cannot be read is refused with its reason and costs no other one
 * anything. Safe to run twice: rows that are there are left alone.
 */
async function importFiles({ manifest, signal }: JobContext): Promise<void> {
  const objects = new Objects();
  const database = new Database(environment.database());
  const lines = (await objects.text(manifest))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ImportLine);
  if (lines.length === 0) return;
  const held = await heldExports(database, lines[0]!.runId);
  const stored: StoredExport[] = [];
  let refused = 0;
  for (const line of lines.filter(({ id }) => held.has(id))) {
    if (signal.aborted) return;
    try {
      const file = await importFile(line, objects, database, signal);
      if (file !== undefined) stored.push(file);
    } catch (error) {
      if (!(error instanceof SystoleError)) throw error;
      refused += 1;
      await refuseExport(database, line.id, error.reason, error.detail);
    }
  }
  if (signal.aborted) return;
  if (refused > 0) await writeDueNotes(database, objects, environment.bucket('results'));
  await finishExports(database, stored);
  const folders = [...new Set(lines.map(({ folder }) => folder))];
  for (const folder of await settledFolders(database, folders))
    for (const task of ['views', 'segmentation-a4c', 'segmentation-a2c'] as const)
      await requestEvaluation(database, 'echo', task, folder);
  const removed = await removeDeadRows(database, exportTables);
  report('imported', { files: stored.length, refused, removed });
}

/** @returns undefined when it was stopped */
async function importFile(
  line: ImportLine,
  objects: Objects,
  database: Database,
  signal: AbortSignal,
): Promise<StoredExport | undefined> {
  const rows = new RawRows(database, line.id);
  let table: ExportTableName | undefined;
  for await (const part of readExport(pieces(objects, line))) {
    if (signal.aborted) return undefined;
    table = part.table.name;
    await rows.add(part.table, part.rows);
  }
  await rows.flush();
  report('stored', { table: table!, rows: rows.stored });
  return { id: line.id, table: table!, rows: rows.stored };
}

async function* pieces(
  objects: Objects,
  { bucket, key, versionId, size }: ClaimedExport,
): AsyncGenerator<Buffer> {
  for (let start = 0; start < size; start += pieceBytes)
    yield await objects.range({ bucket, key, versionId }, start, Math.min(size, start + pieceBytes));
}

await runProgram({
  name: 'import',
  job: importFiles,
  alone: checkExports,
  usage: 'import TABLE.csv...   reads Xcelera tables and says what they are; nothing is stored',
});
