import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../../shared/catalog/database.ts';
import { type Migration, migrate } from '../../../shared/catalog/migrate.ts';
import { migrations as released } from '../../../shared/catalog/migrations/index.ts';
import { names, type Served, serve } from '../../local/data-api/serve.ts';

let served: Served;
let database: Database;
const open = () =>
  new Database(names, {
    client: {
      endpoint: served.endpoint,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    },
  });

beforeAll(async () => {
  served = await serve();
  database = open();
});
afterAll(async () => {
  database.close();
  await served.close();
});
beforeEach(async () => {
  for (const schema of ['catalog', 'lab']) await database.query(`drop schema if exists ${schema} cascade`);
});

const first: Migration = {
  version: 1,
  name: 'lab',
  statements: ['create schema lab', 'create table lab.a (x int)'],
};
const second: Migration = { version: 2, name: 'more', statements: ['alter table lab.a add y int'] };
const columns = async () =>
  (
    await database.query<{ name: string }>(
      `select column_name::text as name from information_schema.columns where table_schema = 'lab' order by 1`,
    )
  ).map(({ name }) => name);
const versions = async () =>
  (await database.query<{ version: number }>('select version from catalog.migrations order by 1')).map(
    ({ version }) => version,
  );

describe('migrate', () => {
  it('applies what is missing, once', async () => {
    expect(await migrate(database, [first])).toEqual([1]);
    expect(await migrate(database, [first, second])).toEqual([2]);
    expect(await migrate(database, [first, second])).toEqual([]);
    expect(await columns()).toEqual(['x', 'y']);
    const [row] = await database.query(
      'select name, checksum, applied_at from catalog.migrations where version = 2',
    );
    expect(row).toEqual({
      name: 'more',
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
      applied_at: expect.any(Date),
    });
  });

  it('leaves nothing of a migration that fails, and all of those before it', async () => {
    const broken: Migration = { ...second, statements: [...second.statements, 'create table lab.a (x int)'] };
    await expect(migrate(database, [first, broken])).rejects.toThrow('already exists');
    expect(await columns()).toEqual(['x']);
    expect(await versions()).toEqual([1]);
    expect(await migrate(database, [first, second])).toEqual([2]);
  });

  it('refuses a migration that was changed or removed after it was applied', async () => {
    await migrate(database, [first, second]);
    const changed: Migration = { ...first, statements: [...first.statements, 'create table lab.b (x int)'] };
    await expect(migrate(database, [changed, second])).rejects.toMatchObject({
      name: 'MigrationError',
      version: 1,
    });
    await expect(migrate(database, [second])).rejects.toMatchObject({ name: 'MigrationError', version: 1 });
    expect(await columns()).toEqual(['x', 'y']);
  });

  it('leaves a newer schema alone', async () => {
    await migrate(database, [first, second]);
    expect(await migrate(database, [first])).toEqual([]);
    expect(await versions()).toEqual([1, 2]);
  });

  it('refuses versions that do not ascend', async () => {
    await expect(migrate(database, [second, first])).rejects.toMatchObject({
      name: 'MigrationError',
      version: 1,
    });
    await expect(migrate(database, [first, first])).rejects.toMatchObject({
      name: 'MigrationError',
      version: 1,
    });
  });

  it('applies each migration once when several run side by side', async () => {
    const others = Array.from({ length: 4 }, open);
    const applied = await Promise.all(others.map((other) => migrate(other, [first, second])));
    expect(applied.flat().sort()).toEqual([1, 2]);
    for (const other of others) other.close();
  });

  it('applies the released migrations', async () => {
    await database.query('drop schema if exists raw, ecg, echo, registry cascade');
    expect(await migrate(database, released)).toEqual(released.map(({ version }) => version));
    expect(await migrate(database, released)).toEqual([]);
  });
});
