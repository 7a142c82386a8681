import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  BeginTransactionCommand,
  ExecuteStatementCommand,
  type RDSDataClient,
} from '@aws-sdk/client-rds-data';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FolderLockedError } from '../../../local/folder-lock.ts';
import { clientOf, names, serve } from './serve.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const buildFolder = fileURLToPath(new URL('../../../.systole/build', import.meta.url));

let folder: string;
let root: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'systole-crash-'));
  root = join(folder, 'root');
  // Beside the other builds, where the packages are found.
  program = join(buildFolder, `crash-${process.pid}.mjs`);
  await build({
    stdin: {
      contents: `
        import { serve } from ${JSON.stringify(join(here, 'serve.ts'))};
        const { endpoint } = await serve({ root: process.argv[2] });
        console.log(endpoint);`,
      resolveDir: here,
      loader: 'ts',
    },
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    plugins: [
      {
        name: 'own-places',
        setup({ onLoad }) {
          onLoad({ filter: /(bundle-worker|serve)\.ts$/ }, async ({ path }) => {
            const { readFile } = await import('node:fs/promises');
            const text = await readFile(path, 'utf8');
            const place = JSON.stringify(`file://${path}`);
            return { contents: text.replaceAll('import.meta.url', place), loader: 'ts' };
          });
        },
      },
    ],
  });
});
afterAll(async () => {
  await rm(program, { force: true });
  await rm(folder, { recursive: true, force: true });
});

/** The Data API over `root` in a process of its own. */
async function start(): Promise<{ child: ChildProcess; client: RDSDataClient }> {
  const child = spawn(process.execPath, [program, root], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout!, 'data');
  return { child, client: clientOf(String(line).trim()) };
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

const run = (client: RDSDataClient, sql: string, transactionId?: string) =>
  client.send(new ExecuteStatementCommand({ ...names, sql, transactionId }));

it('keeps every row whose insertion was answered when it is killed at any moment', {
  timeout: 180_000,
}, async () => {
  const answered: number[] = [];
  let next = 0;
  for (let round = 0; round < 4; round += 1) {
    const { child, client } = await start();
    await run(client, 'create table if not exists t (n int primary key, filler text)');
    const stop = new AbortController();
    const writers = Array.from({ length: 4 }, async () => {
      while (!stop.signal.aborted) {
        next += 1;
        const n = next;
        try {
          await run(client, `insert into t values (${n}, repeat('x', 2000))`);
          answered.push(n);
        } catch {
          return;
        }
      }
    });
    const enough = answered.length + 10;
    while (answered.length < enough) await delay(1);
    await delay(Math.random() * 400);
    await kill(child);
    stop.abort();
    await Promise.all(writers);
    client.destroy();
  }
  const { child, client } = await start();
  const { records } = await run(client, 'select n from t order by n');
  const kept = new Set(records!.map(([field]) => field!.longValue));
  expect(answered.filter((n) => !kept.has(n))).toEqual([]);
  // What was under way may be there or not, but nothing else.
  expect(kept.size).toBeLessThanOrEqual(answered.length + 4 * 4);
  const sound = await run(client, 'select count(*) from t where length(filler) = 2000');
  expect(sound.records![0]![0]!.longValue).toBe(kept.size);

  // An open transaction dies with the process.
  const { transactionId } = await client.send(new BeginTransactionCommand(names));
  await run(client, 'insert into t values (-1)', transactionId);
  await kill(child);
  client.destroy();
  const again = await start();
  expect((await run(again.client, 'select n from t where n = -1')).records).toEqual([]);

  // Nobody else can open the folder meanwhile.
  await expect(serve({ root })).rejects.toThrow(FolderLockedError);
  await kill(again.child);
  again.client.destroy();
});

it('begins anew where it was killed while the database was being made', async () => {
  const half = join(folder, 'half');
  const served = await serve({ root: half });
  await served.close();
  await rm(join(half, 'database', 'cluster'), { recursive: true });
  await writeFile(join(half, 'database', 'cluster.new'), 'what was there');
  const again = await serve({ root: half });
  expect((await run(again.client, 'select 1')).records).toEqual([[{ longValue: 1 }]]);
  await again.close();
  expect((await readdir(join(half, 'database'))).filter((name) => name.startsWith('cluster'))).toEqual([
    'cluster',
  ]);
});
