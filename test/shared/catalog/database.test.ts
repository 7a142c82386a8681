import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database, type DatabaseOptions } from '../../../shared/catalog/database.ts';
import { sqlStateOf } from '../../../shared/catalog/failures.ts';
import { engines, freshName } from '../../local/data-api/engines.ts';
import { names, type Served, serve } from '../../local/data-api/serve.ts';

const clientOptions = (endpoint: string) => ({
  endpoint,
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

describe.each(engines)('Database on $name', ({ options }) => {
  let served: Served;
  let database: Database;
  const table = `public.${freshName()}`;

  const open = (more: DatabaseOptions = {}) =>
    new Database(names, { client: clientOptions(served.endpoint), retryDelays: [0, 100, 200, 400], ...more });

  beforeAll(async () => {
    served = await serve(options);
    database = open();
    await database.query(`create table ${table} (id int primary key, name text not null)`);
  });
  afterAll(async () => {
    await database.query(`drop table ${table}`);
    database.close();
    await served.close();
  });

  it('takes and gives values of every kind', async () => {
    const at = new Date('2026-03-04T05:06:07.089Z');
    const [row] = await database.query(
      `select :text as text, :integer as integer, :real as real, :flag as flag, :nothing::text as nothing,
         :big::bigint::text as big, :at as at, :at::timestamptz as zoned, :bytes as bytes, :facts::jsonb as facts,
         :list::jsonb as list, :id::uuid as id, 12345678901::int8 as long, 1.50::numeric as amount,
         array[1, null]::int8[] as longs, array['a', null] as texts, '2026-03-04'::date as day,
         array[true] as flags, '{"a": null}'::json as json`,
      {
        text: "it's",
        integer: 5,
        real: 2.5,
        flag: true,
        nothing: null,
        big: 2n ** 62n,
        at,
        bytes: new Uint8Array([0, 255]),
        facts: { a: [1, 'b'] },
        list: [1, null],
        id: '6f1c0a52-0000-4000-8000-00000000000a',
      },
    );
    expect(row).toEqual({
      text: "it's",
      integer: 5,
      real: 2.5,
      flag: true,
      nothing: null,
      big: '4611686018427387904',
      at,
      zoned: at,
      bytes: new Uint8Array([0, 255]),
      facts: { a: [1, 'b'] },
      list: [1, null],
      id: '6f1c0a52-0000-4000-8000-00000000000a',
      long: 12345678901,
      amount: '1.50',
      longs: [1, null],
      texts: ['a', null],
      day: '2026-03-04',
      flags: [true],
      json: { a: null },
    });
  });

  it('refuses to round an integer', async () => {
    await expect(database.query('select 9007199254740993 as n')).rejects.toThrow(RangeError);
  });

  it('keeps transactions and rolls back failed ones', async () => {
    await database.transaction(async (transaction) => {
      await transaction.query(`insert into ${table} values (:id, 'a')`, { id: 1 });
      await transaction.query(`insert into ${table} values (:id, 'b')`, { id: 2 });
    });
    await expect(
      database.transaction(async (transaction) => {
        await transaction.query(`insert into ${table} values (3, 'c')`);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    const twice = database.transaction(async (transaction) => {
      await transaction.query(`insert into ${table} values (4, 'd')`);
      await transaction.query(`insert into ${table} values (1, 'again')`);
    });
    expect(sqlStateOf(await twice.catch((error) => error))).toBe('23505');
    expect(await database.query(`select id from ${table} order by id`)).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('writes batches, all or none', async () => {
    const insert = `insert into ${table} values (:id, :name)`;
    await database.batch(insert, [
      { id: 10, name: 'x' },
      { id: 11, name: 'y' },
    ]);
    await expect(
      database.batch(insert, [
        { id: 12, name: 'z' },
        { id: 12, name: 'z' },
      ]),
    ).rejects.toThrow('23505');
    expect(await database.query(`select count(*)::int as n from ${table} where id >= 10`)).toEqual([
      { n: 2 },
    ]);
  });

  it('reads results of any size in pages', async () => {
    const sql = `select n, repeat('x', (n % 50) * 1000) as filler from generate_series(1, 500) n
      where :after::int is null or n > :after::int order by n limit :rows`;
    const numbers: number[] = [];
    let pages = 0;
    for await (const page of database.pages<{ n: number }>(sql, {}, 'n')) {
      pages += 1;
      numbers.push(...page.map(({ n }) => n));
    }
    expect(numbers).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    expect(pages).toBeGreaterThan(5);
    const none: unknown[] = [];
    for await (const page of database.pages<{ n: number }>(sql.replace('500', '0'), {}, 'n')) none.push(page);
    expect(none).toEqual([]);
  });

  it('waits until Aurora has resumed, or the service is back', async () => {
    for (const answer of ['DatabaseResumingException', 'ServiceUnavailableError'] as const) {
      served.api.pauseUntil(new Date(Date.now() + 250), answer);
      expect(await database.query('select 1 as one')).toEqual([{ one: 1 }]);
      served.api.pauseUntil(new Date(Date.now() + 250), answer);
      expect(await database.transaction((transaction) => transaction.query('select 1 as one'))).toEqual([
        { one: 1 },
      ]);
    }
  });

  it('gives up after its last attempt, and at once when it is told to', async () => {
    served.api.pauseUntil(new Date(Date.now() + 60_000));
    await expect(database.query('select 1')).rejects.toMatchObject({ name: 'DatabaseResumingException' });
    const patient = open({ retryDelays: [600_000] });
    // Its first pause outlasts the time that a test has.
    await expect(patient.query('select 1', {}, { signal: AbortSignal.timeout(200) })).rejects.toThrow();
    served.api.pauseUntil(new Date(0));
    patient.close();
  });

  it('does not repeat a transaction that is not said to be repeatable', async () => {
    let runs = 0;
    const work = async () => {
      runs += 1;
      throw Object.assign(new Error('refused'), { name: 'DatabaseResumingException' });
    };
    await expect(database.transaction(work)).rejects.toThrow('refused');
    expect(runs).toBe(1);
    await expect(database.transaction(work, { repeatable: true })).rejects.toThrow('refused');
    expect(runs).toBe(1 + 5);
  });

  it('repeats one of two transactions that lock each other out', async () => {
    let meet = 0;
    const both = async () => {
      meet += 1;
      while (meet < 2) await delay(10);
    };
    // One session takes turns, so there is nothing to lock.
    if (options.databaseUrl === undefined) meet = 2;
    const change = (first: number, second: number) =>
      database.transaction(
        async (transaction) => {
          await transaction.query(`update ${table} set name = name || '!' where id = :id`, { id: first });
          await both();
          await transaction.query(`update ${table} set name = name || '!' where id = :id`, { id: second });
        },
        { repeatable: true },
      );
    await Promise.all([change(1, 2), change(2, 1)]);
    expect(await database.query(`select name from ${table} where id in (1, 2) order by id`)).toEqual([
      { name: 'a!!' },
      { name: 'b!!' },
    ]);
  });
});

describe('Database before a service that loses answers', () => {
  it('sends a statement again, and a transaction only as far as that is safe', async () => {
    const calls: string[] = [];
    const server = createServer((request, response) => {
      calls.push(request.url!);
      request.resume();
      request.on('end', () => {
        // The first call of each kind is cut off.
        if (calls.filter((url) => url === request.url).length === 1) request.socket.destroy();
        else response.end(JSON.stringify({ transactionId: 'x', records: [] }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const database = new Database(names, { client: clientOptions(endpoint), retryDelays: [0, 0] });
    expect(await database.query('select 1')).toEqual([]);
    expect(calls).toEqual(['/Execute', '/Execute']);
    calls.length = 0;
    await expect(database.transaction((transaction) => transaction.query('select 1'))).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
    expect(calls).toEqual(['/BeginTransaction', '/BeginTransaction', '/Execute', '/RollbackTransaction']);
    database.close();
    server.close();
  });
});
