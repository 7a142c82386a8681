import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  BatchClient,
  CancelJobCommand,
  DescribeJobDefinitionsCommand,
  DescribeJobQueuesCommand,
  DescribeJobsCommand,
  type JobDetail,
  ListJobsCommand,
  SubmitJobCommand,
  type SubmitJobCommandInput,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BatchService, type BatchServiceOptions } from '../../../local/batch/batch-service.ts';
import type { JobDescription } from '../../../local/batch/job-description.ts';
import { Journal } from '../../../local/journal.ts';
import type { CloudEvent } from '../../../local/pump/cloud-event.ts';
import { isAlive, ServiceProcess } from '../service-process.ts';

const program = fileURLToPath(new URL('./program.mjs', import.meta.url));

interface Trace {
  pid: number;
  index?: string;
  attempt: number;
  begins?: number;
  ends?: number;
  signal?: string;
  child?: number;
  environment?: Record<string, string>;
  arguments?: string[];
}

let root: string;
let server: Server;
let endpoint: string;
let batch: BatchService;
let client: BatchClient;
let events: CloudEvent<JobDescription>[];
let allowed: (action: string, definition: string) => boolean;

function options(): Omit<BatchServiceOptions, 'stateChanged' | 'access'> {
  const definition = {
    program,
    environment: { SYSTOLE_TRACE: join(root, 'trace') },
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    vcpu: 2,
    memory: 4096,
    gpu: 0,
  };
  return {
    root: join(root, 'batch'),
    logs: join(root, 'logs'),
    region: 'eu-central-1',
    account: '000000000000',
    endpoint,
    jobQueues: { cpu: {}, gpu: {} },
    jobDefinitions: {
      infer: { ...definition, command: ['--from', 'Ref::from'], gpu: 1 },
      quick: { ...definition, timeout: 1 },
      patient: {
        ...definition,
        attempts: 3,
        retryRules: [
          { onStatusReason: 'Host EC2*', action: 'RETRY' },
          { onExitCode: '65', action: 'EXIT' },
          { onExitCode: '*', action: 'RETRY' },
        ],
      },
    },
    concurrency: 2,
    stopGrace: 1,
  };
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'systole-batch-'));
  events = [];
  allowed = () => true;
  server = createServer((request, response) => void batch.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await open();
  client = new BatchClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
});

afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await batch.close();
  await rm(root, { recursive: true, force: true });
});

async function open(): Promise<void> {
  batch = await BatchService.open({
    ...options(),
    stateChanged: async (event) => void events.push(event),
    access: {
      authenticate: () => 'somebody',
      authorize: (_principal, action, definition) => allowed(action, definition),
    },
  });
  batch.start();
}

async function submit(what: string, changes: Partial<SubmitJobCommandInput> = {}): Promise<string> {
  const { jobId } = await client.send(
    new SubmitJobCommand({
      jobName: 'test',
      jobQueue: 'cpu',
      jobDefinition: 'infer',
      ...changes,
      containerOverrides: {
        ...changes.containerOverrides,
        environment: [
          { name: 'SYSTOLE_DO', value: what },
          ...(changes.containerOverrides?.environment ?? []),
        ],
      },
    }),
  );
  return jobId!;
}

async function job(id: string): Promise<JobDetail> {
  const { jobs } = await client.send(new DescribeJobsCommand({ jobs: [id] }));
  return jobs![0]!;
}

async function until(id: string, ...statuses: string[]): Promise<JobDetail> {
  for (;;) {
    const found = await job(id);
    if (statuses.includes(found.status!)) return found;
    if (found.status === 'SUCCEEDED' || found.status === 'FAILED')
      throw new Error(`job is ${found.status}: ${found.statusReason}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const finished = (id: string) => until(id, 'SUCCEEDED', 'FAILED');

async function trace(): Promise<Trace[]> {
  if (!existsSync(join(root, 'trace'))) return [];
  const text = await readFile(join(root, 'trace'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Trace);
}
const traced = (what: (entry: Trace) => boolean) =>
  expect.poll(async () => (await trace()).some(what)).toBe(true);

describe('a job', () => {
  test('runs the program of its definition with what the job adds, and nothing else', async () => {
    process.env.SYSTOLE_TEST_SECRET = 'must not be passed on';
    const id = await submit('look', {
      parameters: { from: 's3://work/manifest' },
      containerOverrides: {
        environment: [{ name: 'SYSTOLE_MANIFEST', value: 's3://work/m.ndjson' }],
        resourceRequirements: [{ type: 'MEMORY', value: '2048' }],
      },
      tags: { study: 'one' },
    });
    delete process.env.SYSTOLE_TEST_SECRET;
    const detail = await finished(id);
    expect(detail).toMatchObject({
      jobName: 'test',
      jobId: id,
      jobArn: `arn:aws:batch:eu-central-1:000000000000:job/${id}`,
      jobQueue: 'arn:aws:batch:eu-central-1:000000000000:job-queue/cpu',
      jobDefinition: 'arn:aws:batch:eu-central-1:000000000000:job-definition/infer:1',
      status: 'SUCCEEDED',
      statusReason: 'Essential container in task exited',
      parameters: { from: 's3://work/manifest' },
      tags: { study: 'one' },
      retryStrategy: { attempts: 1, evaluateOnExit: [] },
      container: { exitCode: 0, command: ['--from', 's3://work/manifest'] },
    });
    expect(detail.container?.resourceRequirements).toEqual([
      { type: 'VCPU', value: '2' },
      { type: 'MEMORY', value: '2048' },
      { type: 'GPU', value: '1' },
    ]);
    expect(detail.attempts).toMatchObject([
      { container: { exitCode: 0 }, statusReason: 'Essential container in task exited' },
    ]);
    expect(detail.createdAt! <= detail.startedAt! && detail.startedAt! <= detail.stoppedAt!).toBe(true);
    const look = (await trace()).find((entry) => entry.environment);
    expect(look!.arguments).toEqual(['--from', 's3://work/manifest']);
    expect(look!.environment).toEqual({
      SYSTOLE_TRACE: join(root, 'trace'),
      SYSTOLE_DO: 'look',
      SYSTOLE_MANIFEST: 's3://work/m.ndjson',
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_BATCH_JOB_ID: id,
      AWS_BATCH_JOB_ATTEMPT: '1',
      AWS_BATCH_JQ_NAME: 'cpu',
      AWS_BATCH_CE_NAME: 'local',
      PATH: process.env.PATH,
      HOME: tmpdir(),
      TZ: 'UTC',
    });
    const [log] = await readdir(join(root, 'logs'));
    expect(log).toBe(`${detail.container?.logStreamName}.log`);
    expect(await readFile(join(root, 'logs', log!), 'utf8')).toBe('a line for the log\n');
  });

  test('tells each change of its status as an event of EventBridge', async () => {
    const id = await submit('exit 7');
    await finished(id);
    await expect.poll(() => events.length).toBe(5);
    expect(events.map(({ detail }) => detail.status).sort()).toEqual([
      'FAILED',
      'RUNNABLE',
      'RUNNING',
      'STARTING',
      'SUBMITTED',
    ]);
    const failed = events.find(({ detail }) => detail.status === 'FAILED')!;
    expect(failed).toMatchObject({
      version: '0',
      'detail-type': 'Batch Job State Change',
      source: 'aws.batch',
      account: '000000000000',
      region: 'eu-central-1',
      resources: [`arn:aws:batch:eu-central-1:000000000000:job/${id}`],
      detail: {
        jobId: id,
        jobName: 'test',
        container: { exitCode: 7 },
        attempts: [{ container: { exitCode: 7 } }],
      },
    });
    expect(failed.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(new Set(events.map((event) => event.id)).size).toBe(5);
  });

  test('is retried until it succeeds, and each attempt is told', async () => {
    const detail = await finished(await submit('exit-until 3', { retryStrategy: { attempts: 5 } }));
    expect(detail.status).toBe('SUCCEEDED');
    expect(detail.attempts?.map(({ container }) => container?.exitCode)).toEqual([1, 1, 0]);
  });

  test('is not retried when a rule says so, or the attempts are used up', async () => {
    const bad = await finished(await submit('exit 65', { jobDefinition: 'patient:1' }));
    expect(bad).toMatchObject({ status: 'FAILED', attempts: [{ container: { exitCode: 65 } }] });
    const again = await finished(await submit('exit 1', { jobDefinition: 'patient' }));
    expect(again.attempts).toHaveLength(3);
    expect(again.status).toBe('FAILED');
  });

  test('that takes too long is stopped and not retried', async () => {
    const id = await submit('wait 60000', { jobDefinition: 'quick', retryStrategy: { attempts: 3 } });
    const detail = await finished(id);
    expect(detail).toMatchObject({
      status: 'FAILED',
      statusReason: 'Job attempt duration exceeded timeout',
      isTerminated: false,
    });
    expect(detail.attempts).toHaveLength(1);
    expect((await trace()).filter(({ signal }) => signal === 'SIGTERM')).toHaveLength(1);
  });

  test('that is terminated and does not end is killed with all that it started', async () => {
    const id = await submit('stubborn', { retryStrategy: { attempts: 3 } });
    await traced(({ child }) => child !== undefined);
    await client.send(new TerminateJobCommand({ jobId: id, reason: 'not wanted' }));
    const detail = await finished(id);
    expect(detail).toMatchObject({
      status: 'FAILED',
      statusReason: 'not wanted',
      isTerminated: true,
      container: { exitCode: 137 },
    });
    const seen = await trace();
    expect(seen.some(({ signal }) => signal === 'SIGTERM')).toBe(true);
    await expect.poll(() => isAlive(seen.find(({ child }) => child)!.child!)).toBe(false);
  });

  test('that has not started is cancelled at once; one that runs is not', async () => {
    const running = [await submit('wait 60000'), await submit('wait 60000')];
    for (const id of running) await until(id, 'RUNNING');
    const waiting = await submit('succeed');
    const dependent = await submit('succeed', { dependsOn: [{ jobId: waiting }] });
    expect((await job(waiting)).status).toBe('RUNNABLE');
    expect((await job(dependent)).status).toBe('PENDING');
    await client.send(new CancelJobCommand({ jobId: waiting, reason: 'changed my mind' }));
    await client.send(new CancelJobCommand({ jobId: running[0], reason: 'changed my mind' }));
    expect(await job(waiting)).toMatchObject({
      status: 'FAILED',
      statusReason: 'changed my mind',
      isCancelled: true,
    });
    expect(await job(dependent)).toMatchObject({ status: 'FAILED', statusReason: 'Dependent Job failed' });
    expect((await job(running[0]!)).status).toBe('RUNNING');
    for (const jobId of running) await client.send(new TerminateJobCommand({ jobId, reason: 'done' }));
  });
});

describe('an array job', () => {
  test('runs a child for each index and succeeds with all of them', async () => {
    const id = await submit('succeed', { arrayProperties: { size: 5 } });
    const detail = await finished(id);
    expect(detail).toMatchObject({
      status: 'SUCCEEDED',
      arrayProperties: { size: 5, statusSummary: { SUCCEEDED: 5, FAILED: 0, RUNNING: 0 } },
    });
    expect(
      (await trace())
        .filter(({ ends }) => ends)
        .map(({ index }) => index)
        .sort(),
    ).toEqual(['0', '1', '2', '3', '4']);
    expect(await job(`${id}:3`)).toMatchObject({ jobId: `${id}:3`, arrayProperties: { index: 3 } });
    await expect
      .poll(() => events.filter(({ detail }) => detail.jobId === id).map(({ detail }) => detail.status))
      .toEqual(['SUBMITTED', 'PENDING', 'SUCCEEDED']);
  });

  test('fails when a child does, after the others have run', async () => {
    const id = await submit('exit-at 1', { arrayProperties: { size: 3 } });
    expect(await finished(id)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Array Child Job failed',
      arrayProperties: { statusSummary: { SUCCEEDED: 2, FAILED: 1 } },
    });
  });

  test('with SEQUENTIAL runs one child after the other, and stops at a failure', async () => {
    const sequential = { arrayProperties: { size: 4 }, dependsOn: [{ type: 'SEQUENTIAL' as const }] };
    await finished(await submit('succeed', sequential));
    const order = (await trace()).map(({ index, begins }) => `${begins ? 'begins' : 'ends'} ${index}`);
    expect(order).toEqual([0, 1, 2, 3].flatMap((index) => [`begins ${index}`, `ends ${index}`]));
    const failed = await submit('exit-at 1', sequential);
    expect((await finished(failed)).arrayProperties?.statusSummary).toMatchObject({
      SUCCEEDED: 1,
      FAILED: 3,
    });
    expect((await job(`${failed}:3`)).statusReason).toBe('Dependent Job failed');
  });

  test('with N_TO_N waits child by child', async () => {
    const size = 3;
    const first = await submit('exit-at 1', { arrayProperties: { size } });
    const second = await submit('succeed', {
      arrayProperties: { size },
      dependsOn: [{ jobId: first, type: 'N_TO_N' }],
    });
    const third = await submit('succeed', { dependsOn: [{ jobId: second }] });
    expect((await finished(second)).arrayProperties?.statusSummary).toMatchObject({
      SUCCEEDED: 2,
      FAILED: 1,
    });
    expect(await job(`${second}:1`)).toMatchObject({ statusReason: 'Dependent Job failed', attempts: [] });
    expect(await finished(third)).toMatchObject({ status: 'FAILED', statusReason: 'Dependent Job failed' });
  });

  test('of 10,000 children that wait for a job fails with it, a chain of them too', async () => {
    const blocked = [await submit('wait 60000'), await submit('wait 60000')];
    const chain = await submit('succeed', {
      arrayProperties: { size: 10_000 },
      dependsOn: [{ jobId: blocked[0] }, { type: 'SEQUENTIAL' }],
    });
    for (const jobId of blocked) await client.send(new TerminateJobCommand({ jobId, reason: 'end' }));
    expect((await finished(chain)).arrayProperties?.statusSummary).toMatchObject({ FAILED: 10_000 });
  });

  test('is terminated with all its children', async () => {
    const id = await submit('wait 60000', { arrayProperties: { size: 4 } });
    await traced(({ index }) => index === '1');
    await client.send(new TerminateJobCommand({ jobId: id, reason: 'enough' }));
    expect((await finished(id)).arrayProperties?.statusSummary).toMatchObject({ FAILED: 4 });
    expect(await job(`${id}:3`)).toMatchObject({ statusReason: 'enough', attempts: [] });
  });
});

describe('the service', () => {
  test('runs so many jobs at once as it may', async () => {
    const ids = await Promise.all([1, 2, 3, 4, 5].map(() => submit('wait 300')));
    await Promise.all(ids.map(finished));
    const entries = await trace();
    const steps = entries
      .flatMap(({ begins, ends }) => [
        ...(begins ? [[begins, 1] as const] : []),
        ...(ends ? [[ends, -1] as const] : []),
      ])
      .sort(([a, one], [b, other]) => a - b || one - other);
    let running = 0;
    let most = 0;
    for (const [, step] of steps) most = Math.max(most, (running += step));
    expect(most).toBe(2);
  });

  test('lists jobs by status, by filter, by array and in pages', async () => {
    const running = await submit('wait 60000', { jobName: 'long' });
    await until(running, 'RUNNING');
    const array = await submit('exit-at 1', { jobName: 'many', arrayProperties: { size: 3 } });
    await finished(array);
    const other = await submit('succeed', { jobName: 'other', jobQueue: 'gpu' });
    await finished(other);
    const list = async (parameters: object) => {
      const { jobSummaryList } = await client.send(new ListJobsCommand(parameters));
      return jobSummaryList!.map(({ jobId }) => jobId);
    };
    expect(await list({ jobQueue: 'cpu' })).toEqual([running]);
    expect(await list({ jobQueue: 'cpu', jobStatus: 'FAILED' })).toEqual([array]);
    expect(await list({ jobQueue: 'cpu', filters: [{ name: 'JOB_NAME', values: ['MAN*'] }] })).toEqual([
      array,
    ]);
    expect(await list({ jobQueue: 'cpu', filters: [{ name: 'AFTER_CREATED_AT', values: ['0'] }] })).toEqual([
      array,
      running,
    ]);
    expect(await list({ arrayJobId: array, jobStatus: 'SUCCEEDED' })).toEqual([`${array}:0`, `${array}:2`]);
    const first = await client.send(new ListJobsCommand({ arrayJobId: array, maxResults: 2 }));
    expect(first.jobSummaryList).toMatchObject([
      { arrayProperties: { index: 0 } },
      { arrayProperties: { index: 1 }, container: { exitCode: 65 } },
    ]);
    expect(await list({ arrayJobId: array, maxResults: 2, nextToken: first.nextToken })).toEqual([
      `${array}:2`,
    ]);
    await client.send(new TerminateJobCommand({ jobId: running, reason: 'end' }));
  });

  test('describes its queues and definitions', async () => {
    const { jobQueues } = await client.send(new DescribeJobQueuesCommand({ jobQueues: ['cpu'] }));
    expect(jobQueues).toMatchObject([{ jobQueueName: 'cpu', state: 'ENABLED', status: 'VALID' }]);
    const { jobDefinitions } = await client.send(
      new DescribeJobDefinitionsCommand({ jobDefinitionName: 'patient' }),
    );
    expect(jobDefinitions).toMatchObject([
      { jobDefinitionName: 'patient', revision: 1, status: 'ACTIVE', retryStrategy: { attempts: 3 } },
    ]);
  });

  test.each<[string, Partial<SubmitJobCommandInput>]>([
    ['an unknown queue', { jobQueue: 'absent' }],
    ['an unknown definition', { jobDefinition: 'absent' }],
    ['a name with a space', { jobName: 'a b' }],
    ['an array of one', { arrayProperties: { size: 1 } }],
    ['an array of 10,001', { arrayProperties: { size: 10_001 } }],
    ['eleven attempts', { retryStrategy: { attempts: 11 } }],
    ['six rules', { retryStrategy: { evaluateOnExit: Array(6).fill({ onExitCode: '1', action: 'EXIT' }) } }],
    ['a timeout of less than a minute', { timeout: { attemptDurationSeconds: 59 } }],
    ['21 dependencies', { dependsOn: Array(21).fill({ jobId: 'x' }) }],
    ['an unknown dependency', { dependsOn: [{ jobId: '00000000-0000-0000-0000-000000000000' }] }],
    ['SEQUENTIAL without an array', { dependsOn: [{ type: 'SEQUENTIAL' }] }],
    ['more than 30 KiB', { parameters: { large: 'x'.repeat(31_000) } }],
    ['a reserved variable', { containerOverrides: { environment: [{ name: 'AWS_BATCH_X', value: '1' }] } }],
    ['what it does not do', { nodeOverrides: { numNodes: 2 } }],
  ])('refuses %s', async (_, changes) => {
    await expect(submit('succeed', changes)).rejects.toMatchObject({
      name: 'ClientException',
      $metadata: { httpStatusCode: 400 },
    });
    expect([...batch.jobs()]).toEqual([]);
  });

  test('lets callers do what they may', async () => {
    allowed = (action, definition) => action === 'batch:SubmitJob' && definition === 'infer';
    const id = await submit('succeed');
    await expect(submit('succeed', { jobDefinition: 'patient' })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(job(id)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    allowed = () => true;
    await finished(id);
  });
});

describe('when a write is refused', () => {
  const refused = () => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

  test('a job that cannot be kept is not accepted', async () => {
    const append = vi.spyOn(Journal.prototype, 'append').mockRejectedValueOnce(refused());
    await expect(submit('succeed')).rejects.toMatchObject({ name: 'ServerException' });
    append.mockRestore();
    expect([...batch.jobs()]).toEqual([]);
    expect((await finished(await submit('succeed'))).status).toBe('SUCCEEDED');
  });

  test('a job whose log cannot be written runs without one', async () => {
    await rm(join(root, 'logs'), { recursive: true });
    expect((await finished(await submit('look'))).status).toBe('SUCCEEDED');
  });

  test('a change of status that nobody takes is told later', async () => {
    let refusals = 2;
    await batch.close();
    batch = await BatchService.open({
      ...options(),
      stateChanged: async (event) => {
        if (refusals-- > 0) throw refused();
        events.push(event);
      },
    });
    batch.start();
    await finished(await submit('succeed'));
    await expect.poll(() => events.length).toBe(5);
  });
});

describe('after kill -9 of the service', () => {
  interface Said {
    jobId?: string;
    event?: CloudEvent<JobDescription>;
  }

  test('a job that ran is lost with its host and retried; one that waited goes on; nothing runs twice at once', async () => {
    await batch.close();
    const killed = new ServiceProcess('batch/batch-process.ts', {
      options: { ...options(), root: join(root, 'killed') },
      submissions: [
        {
          jobDefinition: 'patient',
          containerOverrides: { environment: [{ name: 'SYSTOLE_DO', value: 'wait 60000' }] },
        },
        {
          jobDefinition: 'infer',
          containerOverrides: { environment: [{ name: 'SYSTOLE_DO', value: 'spin' }] },
        },
        { jobDefinition: 'infer' },
      ],
    });
    const ids: string[] = [];
    while (ids.length < 3) {
      const { jobId } = await killed.next<Said>();
      if (jobId !== undefined) ids.push(jobId);
    }
    await expect.poll(async () => (await trace()).length).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 300)); // Until it is known that they run.
    const before = await trace();
    await killed.kill();
    // The one that waits for time notices at once, the one that computes does not.
    await expect.poll(() => before.filter(({ pid }) => isAlive(pid)).length).toBe(1);

    batch = await BatchService.open({
      ...options(),
      root: join(root, 'killed'),
      stateChanged: async (event) => void events.push(event),
    });
    batch.start();
    await expect.poll(() => before.filter(({ pid }) => isAlive(pid)).length).toBe(0);
    const [retried, lost, waited] = ids as [string, string, string];
    expect(await finished(lost)).toMatchObject({
      status: 'FAILED',
      statusReason: 'Host EC2 (instance i-0000000000000000a) terminated.',
    });
    expect((await finished(waited)).status).toBe('SUCCEEDED');
    const again = await until(retried, 'RUNNING');
    expect(again.attempts).toMatchObject([
      { statusReason: 'Host EC2 (instance i-0000000000000000a) terminated.' },
    ]);
    expect(again.attempts![0]!.container?.exitCode).toBeUndefined();
    await client.send(new TerminateJobCommand({ jobId: retried, reason: 'end' }));
    await finished(retried);
  });

  test('every change of status that was not told yet is told', async () => {
    await batch.close();
    const killed = new ServiceProcess('batch/batch-process.ts', {
      options: { ...options(), root: join(root, 'killed') },
      refuseEvents: true,
      submissions: [{ jobDefinition: 'infer' }],
    });
    const { jobId } = await killed.next<Said>();
    await traced(({ ends }) => ends !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 300)); // Until its end is durable.
    await killed.kill();
    batch = await BatchService.open({
      ...options(),
      root: join(root, 'killed'),
      stateChanged: async (event) => void events.push(event),
    });
    batch.start();
    await expect
      .poll(() => events.map(({ detail }) => detail.status).sort())
      .toEqual(['RUNNABLE', 'RUNNING', 'STARTING', 'SUBMITTED', 'SUCCEEDED']);
    expect(events.every(({ detail }) => detail.jobId === jobId)).toBe(true);
    // And then not again.
    await batch.close();
    events = [];
    batch = await BatchService.open({
      ...options(),
      root: join(root, 'killed'),
      stateChanged: async (event) => void events.push(event),
    });
    batch.start();
    expect((await job(jobId!)).status).toBe('SUCCEEDED');
    expect(events).toEqual([]);
  });
});
