import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3EventRecord, SQSEvent } from 'aws-lambda';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FunctionHost } from '../../../local/functions/function-host.ts';
import { cloudEvent } from '../../../local/pump/cloud-event.ts';
import { EventPump, type EventPumpOptions } from '../../../local/pump/event-pump.ts';
import { QueueService } from '../../../local/queues/queue-service.ts';
import { ServiceProcess } from '../service-process.ts';

// Records each event it gets; bodies of messages say what to do: fail, name the message as failed, answer nonsense.
const source = `
  import { appendFileSync } from 'node:fs';
  export const handler = async (event) => {
    appendFileSync(process.env.TRACE, JSON.stringify({ pid: process.pid, at: Date.now(), event }) + '\\n');
    const bodies = event.Records?.map(({ body }) => body) ?? [];
    if (bodies.includes('throw') || event.detail?.throw) throw new Error('asked to fail');
    if (bodies.includes('crash')) process.exit(1);
    if (bodies.includes('nonsense')) return { batchItemFailures: [{ itemIdentifier: 'no such message' }] };
    if (bodies.includes('slow')) await new Promise((resolve) => setTimeout(resolve, 60_000));
    return {
      batchItemFailures: (event.Records ?? [])
        .filter(({ body }) => body.startsWith('bad'))
        .map(({ messageId }) => ({ itemIdentifier: messageId })),
    };
  };`;

interface Trace<Event = SQSEvent> {
  pid: number;
  at: number;
  event: Event;
}

let root: string;
let queues: QueueService;
let functions: FunctionHost;
let pump: EventPump;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'systole-pump-'));
  await writeFile(join(root, 'index.mjs'), source);
});

afterEach(async () => {
  await pump.stop();
  await functions.close();
  await queues.close();
  await rm(root, { recursive: true, force: true });
});

const ingest = { queue: 'ingest', function: 'ingest', batchSize: 10, window: 0, maxConcurrency: 2 };

function settings() {
  const place = { region: 'eu-central-1', account: '000000000000', endpoint: 'http://127.0.0.1:1' };
  const described = {
    bundle: join(root, 'index.mjs'),
    memory: 128,
    timeout: 30,
    concurrency: 2,
    environment: { TRACE: join(root, 'trace') },
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
  };
  return {
    queues: {
      root: join(root, 'queues'),
      ...place,
      queues: { ingest: { visibilityTimeout: 360, maxReceiveCount: 3, retentionDays: 1 } },
    },
    functions: {
      root: join(root, 'functions'),
      logs: join(root, 'logs'),
      ...place,
      functions: { ingest: described, track: described },
    },
  };
}

async function open(options: Partial<EventPumpOptions> = {}): Promise<void> {
  queues = await QueueService.open(settings().queues);
  functions = await FunctionHost.open(settings().functions);
  pump = new EventPump({
    queues,
    functions,
    sources: [ingest],
    concurrency: 2,
    retryDelay: { first: 0, most: 0 },
    ...options,
  });
}

async function trace<Event = SQSEvent>(): Promise<Trace<Event>[]> {
  if (!existsSync(join(root, 'trace'))) return [];
  const lines = (await readFile(join(root, 'trace'), 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Trace<Event>);
}
const bodies = async () => (await trace()).map(({ event }) => event.Records.map(({ body }) => body));
const settled = (queue = 'ingest') =>
  expect.poll(() => queues.counts(queue)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });

test('an S3 event reaches the function as the message that S3 sends to SQS', async () => {
  await open();
  const record = {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: {
      bucket: { name: 'uploads' },
      object: { key: 'a+b.hea', size: 12, versionId: 'v', sequencer: '0055' },
    },
  } as S3EventRecord;
  await pump.accept('ingest', record);
  pump.start();
  await settled();
  const [{ event }] = (await trace()) as [Trace];
  expect(event.Records).toHaveLength(1);
  const message = event.Records[0]!;
  expect(JSON.parse(message.body)).toEqual({ Records: [record] });
  expect(message).toMatchObject({
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:ingest',
    awsRegion: 'eu-central-1',
    attributes: { ApproximateReceiveCount: '1', SenderId: '000000000000' },
    messageAttributes: {},
  });
  expect(message.md5OfBody).toMatch(/^[0-9a-f]{32}$/);
  expect(message.messageId).toMatch(/^[0-9a-f-]{36}$/);
  expect(Math.abs(Number(message.attributes.SentTimestamp) - Date.now())).toBeLessThan(60_000);
});

test('messages come in batches, and only those that failed come again, until they are dead letters', async () => {
  await open();
  await Promise.all(['one', 'bad two', 'three', 'bad four'].map((body) => queues.send('ingest', body)));
  pump.start();
  await settled();
  const seen = await bodies();
  expect(seen[0]).toEqual(['one', 'bad two', 'three', 'bad four']);
  const times = new Map<string, number>();
  for (const body of seen.flat()) times.set(body, (times.get(body) ?? 0) + 1);
  expect(Object.fromEntries(times)).toEqual({ one: 1, three: 1, 'bad two': 3, 'bad four': 3 });
  const dead = await queues.receive('ingest-dead', { max: 10 });
  expect(dead.map(({ body }) => body).sort()).toEqual(['bad four', 'bad two']);
});

test.each(['throw', 'crash', 'nonsense'])(
  'all messages of a batch come again when the function does: %s',
  async (body) => {
    await open({ sources: [{ ...ingest, maxConcurrency: 1 }] });
    await Promise.all([body, 'good'].map((each) => queues.send('ingest', each)));
    pump.start();
    await settled();
    const seen = await bodies();
    expect(seen).toEqual(Array(3).fill([body, 'good']));
    expect(queues.counts('ingest-dead').visible).toBe(2);
  },
);

test('dead letters are redriven to the function', async () => {
  await open();
  await queues.send('ingest', 'bad');
  pump.start();
  await expect.poll(() => queues.counts('ingest-dead').visible).toBe(1);
  queues.tasks.start('ingest-dead', 'ingest');
  await expect.poll(async () => (await bodies()).length).toBe(6);
  expect((await trace()).at(-1)!.event.Records[0]!.attributes.ApproximateReceiveCount).toBe('3');
});

test('failed messages come again after a delay that doubles', async () => {
  await open({ retryDelay: { first: 1, most: 60 } });
  await queues.send('ingest', 'throw');
  pump.start();
  await expect.poll(async () => (await trace()).length).toBe(3);
  const [first, second, third] = (await trace()).map(({ at }) => at) as [number, number, number];
  expect(second - first).toBeGreaterThanOrEqual(1000);
  expect(third - second).toBeGreaterThanOrEqual(2000);
});

test('without a delay of its own a failed message waits for its visibility timeout', async () => {
  await open({ retryDelay: undefined });
  await queues.send('ingest', 'bad');
  pump.start();
  await expect.poll(async () => (await trace()).length).toBe(1);
  await sleep(300);
  expect(queues.counts('ingest')).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
});

test('a window gathers a batch', async () => {
  await open({ sources: [{ ...ingest, batchSize: 3, window: 2 }] });
  pump.start();
  await queues.send('ingest', 'a');
  await sleep(100);
  await queues.send('ingest', 'b');
  await settled();
  expect(await bodies()).toEqual([['a', 'b']]);
});

test('a full batch does not wait for its window', async () => {
  await open({ sources: [{ ...ingest, batchSize: 3, window: 300 }] });
  pump.start();
  for (const body of ['c', 'd', 'e']) await queues.send('ingest', body);
  await settled();
  expect(await bodies()).toEqual([['c', 'd', 'e']]);
});

test('no more batches are at work than the source and this machine allow', async () => {
  await open({ sources: [{ ...ingest, batchSize: 1, maxConcurrency: 10 }], concurrency: 1 });
  pump.start();
  for (const body of ['slow', 'next']) await queues.send('ingest', body);
  await expect.poll(async () => (await trace()).length).toBe(1);
  await sleep(300);
  expect(queues.counts('ingest')).toEqual({ visible: 1, inFlight: 1, delayed: 0 });
  await functions.close();
});

test('a state change of Batch reaches its function; one that fails three times is a dead letter', async () => {
  await open({ stateChanges: ['track'] });
  const event = (detail: object) =>
    cloudEvent(queues, {
      type: 'Batch Job State Change',
      source: 'aws.batch',
      resources: ['arn:aws:batch:eu-central-1:000000000000:job/1'],
      detail,
      at: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    });
  await pump.stateChanged(event({ status: 'RUNNING' }));
  pump.start();
  await settled('track-async');
  const [{ event: received }] = (await trace<unknown>()) as [Trace<unknown>];
  expect(received).toEqual({
    version: '0',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    'detail-type': 'Batch Job State Change',
    source: 'aws.batch',
    account: '000000000000',
    time: '2026-01-02T03:04:05Z',
    region: 'eu-central-1',
    resources: ['arn:aws:batch:eu-central-1:000000000000:job/1'],
    detail: { status: 'RUNNING' },
  });
  await pump.stateChanged(event({ throw: true }));
  await settled('track-async');
  expect(await trace()).toHaveLength(4);
  const [dead] = await queues.receive('track-async-dead');
  expect(JSON.parse(dead!.body)).toMatchObject({ detail: { throw: true } });
});

test('a schedule invokes at once and then again and again, until it is stopped', async () => {
  await open({ schedules: [{ function: 'track', every: 0.3 }] });
  pump.start();
  await expect.poll(async () => (await trace()).length).toBeGreaterThanOrEqual(3);
  await pump.stop();
  const seen = await trace<unknown>();
  expect(seen[0]!.event).toMatchObject({
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    resources: ['arn:aws:events:eu-central-1:000000000000:rule/track'],
    detail: {},
  });
  await sleep(700);
  expect(await trace()).toHaveLength(seen.length);
});

test('a source must have a queue, and options that nobody knows are refused', async () => {
  await open();
  const options = { queues, functions, sources: [], concurrency: 1 };
  expect(() => new EventPump({ ...options, sources: [{ ...ingest, queue: 'absent' }] })).toThrow(
    'does not exist',
  );
  expect(() => new EventPump({ ...options, windows: 1 } as EventPumpOptions)).toThrow('windows');
});

test('kill -9 while messages are at work: each is done, and at once, though its visibility timeout is long', async () => {
  const killed = new ServiceProcess('pump/pump-process.ts', settings());
  await killed.next();
  killed.say(Array.from({ length: 40 }, (_, index) => `message ${index}`).concat('slow'));
  await killed.next(); // All are accepted.
  await expect.poll(async () => (await bodies()).flat().includes('slow')).toBe(true);
  await killed.kill();
  await open();
  await expect.poll(() => queues.counts('ingest').inFlight).toBeGreaterThan(0);
  await queues.send('ingest', 'last');
  pump.start();
  await expect.poll(async () => (await bodies()).flat().filter((body) => body === 'slow').length).toBe(2);
  await expect.poll(async () => (await bodies()).flat().includes('last')).toBe(true);
  const seen = new Set((await bodies()).flat());
  for (let index = 0; index < 40; index++) expect(seen).toContain(`message ${index}`);
  await functions.close();
});
