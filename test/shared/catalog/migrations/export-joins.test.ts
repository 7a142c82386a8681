import { afterAll, beforeAll, expect, it } from 'vitest';
import { Database } from '../../../../shared/catalog/database.ts';
import { claimExports, finishExports } from '../../../../shared/catalog/exports.ts';
import { migrate } from '../../../../shared/catalog/migrate.ts';
import { migrations } from '../../../../shared/catalog/migrations/index.ts';
import type { ExportTableName } from '../../../../shared/echo/xcelera/tables.ts';
import { names, type Served, serve } from '../../../local/data-api/serve.ts';
import { newId } from '../catalog.ts';

let served: Served;
let database: Database;
beforeAll(async () => {
  served = await serve();
  database = new Database(names, {
    client: {
      endpoint: served.endpoint,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    },
  });
}, 120_000);
afterAll(async () => {
  database.close();
  await served.close();
});

const rows: Readonly<Partial<Record<ExportTableName, string>>> = {
  measurement_abstract_rpt: `7, 1, 'VTD 4C', 'ml'`,
  a_measgraphref: '7, 1, 11, 3, 120',
  a_measgraphic: '11, 3, 2',
};
const tables = Object.keys(rows) as ExportTableName[];
const views = () => database.query('select folder, instanceidk::int as id, view from views.instance_views');

it('an export that was joined before the joins were tables is imported once more, and is then as it was', async () => {
  await migrate(
    database,
    migrations.filter(({ version }) => version < 11),
  );
  const run = newId();
  await database.query(
    `insert into catalog.runs (id, state, modality, recordings) values (:run::uuid, 'finished', 'echo', 0)`,
    { run },
  );
  for (const [i, table] of tables.entries()) {
    await database.query(
      `with o as (
         insert into catalog.objects (bucket, key, version_id, sequencer, size, etag, kind, state)
         values ('uploads', :key, 'v', :sequencer, 1, 'e', 'xcelera', 'indexed') returning id
       )
       insert into raw.exports (object_id, folder, table_name, run_id, state, attempts)
       select id, 'e/', :table, :run::uuid, 'current', 3 from o`,
      { key: `e/${table}.csv`, sequencer: String(i), table, run },
    );
    const columns = table === 'a_measgraphref' ? ', instanceidk, indexinmglist, value' : '';
    const named = columns === '' ? '' : `(object_id, line, studyidk, measabstractnumber${columns})`;
    await database.query(
      `insert into raw.${table} ${named} select object_id, 2, ${rows[table]} from raw.exports where table_name = :table`,
      { table },
    );
  }
  await database.query('refresh materialized view views.frames_w_labels');
  const before = await views();
  expect(before).toEqual([{ folder: 'e/', id: 11, view: 'a4c' }]);

  expect(await migrate(database, migrations)).toContain(11);
  expect(await views()).toEqual([]);
  const again = await claimExports(database, newId());
  expect(again.map(({ key }) => key)).toEqual(tables.map((table) => `e/${table}.csv`));
  await finishExports(
    database,
    again.map(({ id }, i) => ({ id, table: tables[i]!, rows: 1 })),
  );
  expect(await views()).toEqual(before);
}, 120_000);
