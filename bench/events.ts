/**
 * Queues and event pump of the embedded cloud: the cost of a message from acceptance to the function's answer, as fast
 * as it goes and at a steady rate; the time from a send to the invocation when nothing else happens; and the cost of a
 * message on queues of growing depth.
 *
 *     npx tsx bench/events.ts [--messages 20000] [--depth 100000]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { table } from '../cli/table.ts';
import { FunctionHost } from '../local/functions/function-host.ts';
import { EventPump } from '../local/pump/event-pump.ts';
import { QueueService, type QueueServiceOptions } from '../local/queues/queue-service.ts';

const { values } = parseArgs({ options: { messages: { type: 'string' }, depth: { type: 'string' } } });
const messages = Number(values.messages ?? 20_000);
const depth = Number(values.depth ?? 100_000);
const place = { region: 'eu-central-1', account: '000000000000', endpoint: 'http://127.0.0.1:1' };
const root = await mkdtemp(join(tmpdir(), 'systole-bench-events-'));

/** As long as an S3 event record with its envelope. */
const body = JSON.stringify({ Records: [{ eventName: 'ObjectCreated:Put', padding: 'x'.repeat(900) }] });

const queueOptions: QueueServiceOptions = {
  root: join(root, 'queues'),
  ...place,
  queues: { ingest: { visibilityTimeout: 360, maxReceiveCount: 5, retentionDays: 14 } },
};
// The function does nothing but say when it was called.
await writeFile(
  join(root, 'index.mjs'),
  'export const handler = async () => ({ batchItemFailures: [], at: performance.timeOrigin + performance.now() });',
);
const functions = await FunctionHost.open({
  root: join(root, 'functions'),
  logs: join(root, 'logs'),
  ...place,
  functions: {
    ingest: {
      bundle: join(root, 'index.mjs'),
      memory: 512,
      timeout: 60,
      concurrency: 2,
      environment: {},
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    },
  },
});
const queues = await QueueService.open(queueOptions);
const pump = new EventPump({
  queues,
  functions,
  sources: [{ queue: 'ingest', function: 'ingest', batchSize: 10, window: 0, maxConcurrency: 10 }],
  concurrency: 2,
});

async function drained(): Promise<void> {
  for (;;) {
    const { visible, inFlight } = queues.counts('ingest');
    if (visible + inFlight === 0) return;
    await sleep(2);
  }
}

/** Microseconds a unit of work, of the clock and of this process's CPU time (all threads; children not counted). */
async function cost(units: number, work: () => Promise<void>): Promise<{ wall: number; cpu: number }> {
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const wall = ((performance.now() - start) * 1000) / units;
  const { user, system } = process.cpuUsage(before);
  return { wall, cpu: (user + system) / units };
}

try {
  const rows: string[][] = [];
  const report = (what: string, { wall, cpu }: { wall: number; cpu: number }) =>
    rows.push([what, (1_000_000 / wall).toFixed(0), cpu.toFixed(0)]);

  pump.start();
  await queues.send('ingest', body);
  await drained();
  report(
    'sent by 64 at once, delivered in batches',
    await cost(messages, async () => {
      let sent = 0;
      const send = async () => {
        while (sent++ < messages) await queues.send('ingest', body);
      };
      await Promise.all(Array.from({ length: 64 }, send));
      await drained();
    }),
  );
  report(
    '300 a second, ten at a time',
    await cost(1500, async () => {
      const start = performance.now();
      for (let sent = 0; sent < 1500; sent += 10) {
        await sleep(Math.max(0, start + sent / 0.3 - performance.now()));
        await Promise.all(Array.from({ length: 10 }, () => queues.send('ingest', body)));
      }
      await drained();
    }),
  );
  await pump.stop();

  for (const size of [1000, depth]) {
    await queues.purge('ingest');
    for (let sent = 0; sent < size; sent += 1000)
      await Promise.all(Array.from({ length: 1000 }, () => queues.send('ingest', body)));
    report(
      `send, receive, delete by tens with ${size} waiting`,
      await cost(5000, async () => {
        for (let turn = 0; turn < 500; turn++) {
          await Promise.all(Array.from({ length: 10 }, () => queues.send('ingest', body)));
          const received = await queues.receive('ingest', { max: 10 });
          await queues.delete(
            'ingest',
            received.map(({ receiptHandle }) => receiptHandle),
          );
        }
      }),
    );
  }
  await queues.purge('ingest');

  // One message at a time: received and handed over by hand, to see when the function was called.
  const delays: number[] = [];
  for (let turn = 0; turn < 200; turn++) {
    await sleep(5);
    const waiting = queues.receive('ingest', { wait: 20 });
    const start = performance.timeOrigin + performance.now();
    await queues.send('ingest', body);
    const [message] = await waiting;
    const { at } = (await functions.invoke('ingest', message)) as { at: number };
    delays.push(at - start);
    await queues.delete('ingest', [message!.receiptHandle]);
  }
  delays.sort((a, b) => a - b);

  process.stdout.write(
    `${availableParallelism()} cores\n\n${table(['messages', 'messages/s', 'CPU, µs a message'], rows)}\n` +
      `From a send to the function's first line: median ${delays[100]!.toFixed(2)} ms, ` +
      `19 of 20 under ${delays[190]!.toFixed(2)} ms\n`,
  );
} finally {
  await functions.close();
  await queues.close();
  await rm(root, { recursive: true, force: true });
}
