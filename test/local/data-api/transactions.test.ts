import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  RollbackTransactionCommand,
} from '@aws-sdk/client-rds-data';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DataApiOptions } from '../../../local/data-api/data-api.ts';
import { engines, freshName } from './engines.ts';
import { names, type Served, serve } from './serve.ts';

/** Limits short enough to run into. */
const impatient: Partial<DataApiOptions> = {
  transactions: { idle: 1_500, total: 2_500, contended: 400, abandoned: 100 },
  statementTimeout: 2_500,
};

describe.each(engines)('transactions on $name', ({ name, options }) => {
  let usual: Served;
  let hasty: Served;
  let served: Served;
  let table: string;

  beforeAll(async () => {
    [usual, hasty] = await Promise.all([serve(options), serve({ ...options, ...impatient })]);
  });
  afterAll(() => Promise.all([usual.close(), hasty.close()]));

  const start = async (on: Served) => {
    served = on;
    table = `public.${freshName()}`;
    await execute(`create table ${table} (x int)`);
  };
  afterEach(() => execute(`drop table ${table}`));

  const execute = (sql: string, transactionId?: string) =>
    served.client.send(new ExecuteStatementCommand({ ...names, sql, transactionId }));
  const begin = async () => (await served.client.send(new BeginTransactionCommand(names))).transactionId!;
  const commit = (transactionId: string) =>
    served.client.send(new CommitTransactionCommand({ ...names, transactionId }));
  const rollback = (transactionId: string) =>
    served.client.send(new RollbackTransactionCommand({ ...names, transactionId }));
  const count = async () => (await execute(`select count(*) from ${table}`)).records![0]![0]!.longValue;
  const insert = (transactionId?: string) => execute(`insert into ${table} values (1)`, transactionId);

  it('are kept by commit and undone by rollback', async () => {
    await start(usual);
    const first = await begin();
    await insert(first);
    expect((await commit(first)).transactionStatus).toBe('Transaction Committed');
    const second = await begin();
    await insert(second);
    expect((await rollback(second)).transactionStatus).toBe('Rollback Complete');
    expect(await count()).toBe(1);
  });

  it('are not found once they have ended, and nor is one that never was', async () => {
    await start(usual);
    const transaction = await begin();
    await commit(transaction);
    for (const call of [insert(transaction), commit(transaction), rollback('nonsense')])
      await expect(call).rejects.toMatchObject({
        name: 'TransactionNotFoundException',
        $metadata: { httpStatusCode: 404 },
      });
  });

  it('fail as a whole after an error', async () => {
    await start(usual);
    const transaction = await begin();
    await insert(transaction);
    await expect(execute('select 1 / 0', transaction)).rejects.toThrow('22012');
    await expect(insert(transaction)).rejects.toThrow('25P02');
    await expect(commit(transaction)).rejects.toMatchObject({ name: 'DatabaseErrorException' });
    expect(await count()).toBe(0);
  });

  it('take one call at a time', async () => {
    await start(usual);
    const transaction = await begin();
    const slow = execute('select 1 from pg_sleep(2)', transaction);
    await delay(300);
    await expect(insert(transaction)).rejects.toMatchObject({
      name: 'DatabaseErrorException',
      message: 'Transaction is still running a query',
    });
    await slow;
    await commit(transaction);
  });

  it('keep their settings to themselves', async () => {
    await start(usual);
    const transaction = await begin();
    await execute("set application_name = 'within'", transaction);
    const within = await execute('show application_name', transaction);
    expect(within.records![0]![0]!.stringValue).toBe('within');
    await commit(transaction);
    const after = await execute('show application_name');
    expect(after.records![0]![0]!.stringValue).not.toBe('within');
  });

  it('are rolled back after idling for too long', async () => {
    await start(hasty);
    const transaction = await begin();
    await insert(transaction);
    await delay(2_200);
    await expect(insert(transaction)).rejects.toMatchObject({ name: 'TransactionNotFoundException' });
    expect(await count()).toBe(0);
  });

  it('are rolled back after too long in all', async () => {
    await start(hasty);
    const transaction = await begin();
    const outcomes: string[] = [];
    for (let call = 0; call < 10; call += 1) {
      await delay(300);
      outcomes.push(
        await insert(transaction).then(
          () => 'done',
          (error) => error.name,
        ),
      );
    }
    expect(outcomes[0]).toBe('done');
    expect(outcomes[9]).toBe('TransactionNotFoundException');
    expect(await count()).toBe(0);
  });

  it('and single statements of many callers all come through', async () => {
    await start(usual);
    await Promise.all(
      Array.from({ length: 30 }, async (_, caller) => {
        if (caller % 3 > 0) return insert();
        const transaction = await begin();
        await insert(transaction);
        await insert(transaction);
        return commit(transaction);
      }),
    );
    expect(await count()).toBe(40);
  });

  it('that cannot end in time answer StatementTimeoutException', async () => {
    await start(hasty);
    await expect(execute('select 1 from pg_sleep(3)')).rejects.toMatchObject({
      name: 'StatementTimeoutException',
    });
    // PGlite finishes it all the same.
    await delay(1_000);
    expect(await count()).toBe(0);
  });

  it('and statements answer as Aurora does while it resumes', async () => {
    await start(usual);
    served.api.pauseUntil(new Date(Date.now() + 600_000));
    await expect(begin()).rejects.toMatchObject({ name: 'DatabaseResumingException' });
    await expect(count()).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
    served.api.pauseUntil(new Date(Date.now() + 600_000), 'ServiceUnavailableError');
    await expect(count()).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    served.api.pauseUntil(new Date(Date.now() + 50));
    await delay(100);
    expect(await count()).toBe(0);
  });

  describe.runIf(name === 'PGlite')('share the one session', () => {
    it('in the order of the calls', async () => {
      await start(usual);
      const transaction = await begin();
      const order: number[] = [];
      const waiting: Promise<unknown>[] = [];
      for (let caller = 0; caller < 5; caller += 1) {
        waiting.push(insert().then(() => order.push(caller)));
        await delay(20);
      }
      expect(order).toEqual([]);
      await commit(transaction);
      await Promise.all(waiting);
      expect(order).toEqual([0, 1, 2, 3, 4]);
    });

    it('and give it up when they idle while others wait', async () => {
      await start(hasty);
      const transaction = await begin();
      await insert(transaction);
      expect(await count()).toBe(0);
      await expect(commit(transaction)).rejects.toMatchObject({ name: 'TransactionNotFoundException' });
    });

    it('and give it up soon when their owner was killed', async () => {
      await start(hasty);
      const child = spawn(process.execPath, [
        '--input-type=module',
        '-e',
        `const response = await fetch('${served.endpoint}/BeginTransaction', {
           method: 'POST', body: ${JSON.stringify(JSON.stringify(names))} });
         console.log((await response.json()).transactionId);
         setInterval(() => {}, 1000);`,
      ]);
      const [line] = await once(child.stdout, 'data');
      await insert(String(line).trim());
      // The last call came from here, so the transaction counts as alive until its connection is closed.
      served.client.destroy();
      child.kill('SIGKILL');
      expect(await count()).toBe(0);
    });

    it('and nobody who has gone keeps his place in the queue', async () => {
      await start(usual);
      const transaction = await begin();
      const abort = new AbortController();
      const gone = served.client
        .send(new ExecuteStatementCommand({ ...names, sql: `insert into ${table} values (1)` }), {
          abortSignal: abort.signal,
        })
        .catch((error) => error.name);
      await delay(50);
      abort.abort();
      expect(await gone).toBe('AbortError');
      await delay(50);
      await commit(transaction);
      expect(await count()).toBe(0);
    });

    it('and one that waits longer than a call may is refused', async () => {
      await start(hasty);
      const slow = execute('select 1 from pg_sleep(3)').catch((error) => error.name);
      await delay(50);
      await expect(count()).rejects.toMatchObject({ name: 'StatementTimeoutException' });
      expect(await slow).toBe('StatementTimeoutException');
      await delay(1_000);
    });
  });
});
