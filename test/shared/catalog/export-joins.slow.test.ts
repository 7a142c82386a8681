import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Queries } from '../../../shared/catalog/database.ts';
import { linesAtOnce, makeExportJoins } from '../../../shared/catalog/export-joins.ts';
import { claimExports } from '../../../shared/catalog/exports.ts';
import { indexObjects } from '../../../shared/catalog/objects.ts';
import type { ExportTableName } from '../../../shared/echo/xcelera/tables.ts';
import { Catalog, finding, newId } from './catalog.ts';

const rows = 25_000;

let catalog: Catalog;
beforeAll(async () => {
  catalog = await Catalog.open();
}, 120_000);
afterAll(() => catalog.close());

/** What the rows of each table are, for i = 1 ... rows; every tenth name is one that has a meaning. */
const values: Readonly<Partial<Record<ExportTableName, string>>> = {
  measurement_abstract_rpt: `i / 50, i % 50, case when i % 10 = 0 then 'VTD 4C' else 'Grosor' end, 'ml'`,
  a_measgraphref: `i / 50, i % 50, i / 5, i % 5, i, null, null, null`,
  a_measgraphic: `i / 5, i % 5, i % 40`,
  instance_filename: `i, i / 30, 'A' || i, '1.2.840.' || i`,
  a_instance: `i, '1.2.840.' || i, i / 30`,
  a_studyseries: `i, i / 3`,
};
const tables = Object.keys(values) as ExportTableName[];
/** Those of which a part is not made itself. */
const lookedUp = ['measurement_abstract_rpt', 'a_measgraphic', 'a_instance', 'a_studyseries'];

/** An export of so many rows in each table, which counts and is not joined yet. */
async function storeExport(folder: string): Promise<void> {
  await indexObjects(
    catalog.database,
    tables.map((table) => finding(`${folder}${table}.csv`, { kind: 'xcelera', state: 'indexed' })),
  );
  const claimed = await claimExports(catalog.database, newId());
  await catalog.database.query(`update catalog.runs set state = 'finished'`);
  for (const { id, key } of claimed) {
    const table = tables.find((name) => key === `${folder}${name}.csv`)!;
    for (let from = 0; from < rows; from += 50_000)
      await catalog.database.query(
        `insert into raw.${table} select :id, i, ${values[table]} from generate_series(:from::int + 1, :to::int) as i`,
        { id, from, to: Math.min(rows, from + 50_000) },
      );
    await catalog.database.query(
      `update raw.exports set state = 'current', table_name = :table where object_id = :id`,
      { id, table },
    );
    await catalog.database.query(`analyze raw.${table}`);
  }
  await catalog.database.query('analyze raw.exports');
}

/**
 * Joins an export in one transaction, as the import does.
 * @returns the milliseconds of each statement that makes a part, and what the planner means to read whole for it
 */
async function join(folder: string): Promise<{ times: number[]; readWhole: Set<string> }> {
  const times: number[] = [];
  const readWhole = new Set<string>();
  await catalog.database.transaction(async (transaction) => {
    const watched: Queries = {
      query: async (sql, parameters) => {
        if (!sql.includes('insert into')) return transaction.query(sql, parameters);
        const plan = await transaction.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, parameters);
        for (const { 'QUERY PLAN': line } of plan) {
          const table = /Seq Scan on (\w+)/.exec(line)?.[1];
          if (table !== undefined) readWhole.add(table);
        }
        const start = performance.now();
        const answer = await transaction.query<never>(sql, parameters);
        times.push(performance.now() - start);
        return answer;
      },
    };
    await makeExportJoins(
      watched,
      tables.map((table) => ({ folder, table })),
    );
  });
  return { times, readWhole };
}

const count = async (table: string, folder: string) =>
  (
    await catalog.database.query<{ count: number }>(
      `select count(*)::int as count from ${table} where folder = :folder`,
      { folder },
    )
  )[0]!.count;

describe('the joins of an export', () => {
  it('are made in parts that look their rows up, whatever else there is', async () => {
    for (const folder of ['one/', 'two/', 'one/']) {
      if ((await count('raw.exports', folder)) === 0) await storeExport(folder);
      const { times, readWhole } = await join(folder);
      expect(times).toHaveLength(2 * Math.ceil(rows / linesAtOnce));
      // The Data API gives a statement 45 s.
      expect(Math.max(...times)).toBeLessThan(20_000);
      for (const table of lookedUp) expect(readWhole).not.toContain(table);
      expect(await count('views.frames_w_labels', folder)).toBe(rows / 10);
      // The first 29 instances are of a series that the export does not have.
      expect(await count('views.instances_unique_master_list', folder)).toBe(rows - 29);
    }
  }, 300_000);
});
