import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BatchService } from '../../local/batch/batch-service.ts';
import { QueueService } from '../../local/queues/queue-service.ts';

const hasAwsCli = spawnSync('aws', ['--version']).status === 0;

let root: string;
let server: Server;
let endpoint: string;
let handle: Parameters<typeof createServer>[1];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'systole-cli-'));
  server = createServer((request, response) => handle?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(root, { recursive: true, force: true });
});

/** What the AWS CLI prints, as JSON. */
async function aws(...command: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    'aws',
    ['--endpoint-url', endpoint, '--output', 'json', ...command],
    {
      env: {
        PATH: process.env.PATH,
        HOME: root,
        AWS_DEFAULT_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'key',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_MAX_ATTEMPTS: '1',
      },
    },
  );
  return stdout.trim() === '' ? undefined : JSON.parse(stdout);
}

const place = () => ({ region: 'eu-central-1', account: '000000000000', endpoint });

describe.skipIf(!hasAwsCli)('the AWS CLI (needs `aws` on the PATH)', () => {
  test('sends, receives, deletes and redrives messages', async () => {
    const queues = await QueueService.open({
      root,
      ...place(),
      queues: { ingest: { visibilityTimeout: 30, maxReceiveCount: 2, retentionDays: 1 } },
    });
    handle = (request, response) => void queues.handle(request, response);
    const { QueueUrl } = (await aws('sqs', 'get-queue-url', '--queue-name', 'ingest')) as {
      QueueUrl: string;
    };
    expect(QueueUrl).toBe(`${endpoint}/000000000000/ingest`);
    await aws('sqs', 'send-message', '--queue-url', QueueUrl, '--message-body', 'from the shell');
    const { Messages } = (await aws('sqs', 'receive-message', '--queue-url', QueueUrl)) as {
      Messages: { Body: string; ReceiptHandle: string }[];
    };
    expect(Messages).toMatchObject([{ Body: 'from the shell' }]);
    const handles = ['--receipt-handle', Messages[0]!.ReceiptHandle];
    await aws('sqs', 'delete-message', '--queue-url', QueueUrl, ...handles);
    expect(queues.counts('ingest')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });

    await queues.send('ingest-dead', 'dead');
    const source = ['--source-arn', queues.arn('ingest-dead')];
    await aws('sqs', 'start-message-move-task', ...source);
    await expect.poll(() => queues.counts('ingest').visible).toBe(1);
    expect(await aws('sqs', 'list-message-move-tasks', ...source)).toMatchObject({
      Results: [{ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 }],
    });
    await expect(aws('sqs', 'get-queue-url', '--queue-name', 'absent')).rejects.toThrow('NonExistentQueue');
    await queues.close();
  });

  test('submits, describes and lists jobs', async () => {
    await writeFile(join(root, 'program.mjs'), '');
    const batch = await BatchService.open({
      root,
      logs: join(root, 'logs'),
      ...place(),
      jobQueues: { cpu: {} },
      jobDefinitions: {
        infer: {
          program: join(root, 'program.mjs'),
          environment: {},
          credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
          vcpu: 1,
          memory: 1024,
          gpu: 0,
        },
      },
      stateChanged: async () => {},
    });
    batch.start();
    handle = (request, response) => void batch.handle(request, response);
    const { jobId } = (await aws(
      ...['batch', 'submit-job', '--job-name', 'shell', '--job-queue', 'cpu'],
      ...['--job-definition', 'infer', '--array-properties', 'size=2'],
    )) as { jobId: string };
    await expect.poll(() => batch.job(jobId)?.finished, { timeout: 10_000 }).toBe(true);
    expect(await aws('batch', 'describe-jobs', '--jobs', jobId)).toMatchObject({
      jobs: [{ status: 'SUCCEEDED', arrayProperties: { size: 2 } }],
    });
    expect(await aws('batch', 'list-jobs', '--job-queue', 'cpu', '--job-status', 'SUCCEEDED')).toMatchObject({
      jobSummaryList: [{ jobId, jobName: 'shell' }],
    });
    await expect(aws('batch', 'terminate-job', '--job-id', 'absent', '--reason', 'test')).rejects.toThrow(
      'ClientException',
    );
    await batch.close();
  });
});
