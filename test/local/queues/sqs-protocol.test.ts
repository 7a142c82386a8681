import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { QueueService } from '../../../local/queues/queue-service.ts';

let root: string;
let queues: QueueService;
let server: Server;
let client: SQSClient;
let url: string;
let allowed: (action: string, queue: string) => boolean;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'systole-sqs-'));
  allowed = () => true;
  server = createServer((request, response) => void queues.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  queues = await QueueService.open({
    root,
    region: 'eu-central-1',
    account: '000000000000',
    endpoint,
    queues: {
      ingest: { visibilityTimeout: 30, maxReceiveCount: 2, retentionDays: 1 },
      wake: { visibilityTimeout: 30, maxReceiveCount: 5, retentionDays: 1 },
    },
    access: {
      authenticate: (request) => {
        const key = /Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1];
        if (key !== 'key')
          throw Object.assign(new Error('no'), { code: 'InvalidClientTokenId', status: 403 });
        return key;
      },
      authorize: (_principal, action, queue) => allowed(action, queue),
    },
  });
  client = new SQSClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  url = `${endpoint}/000000000000/ingest`;
});

afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await queues.close();
  await rm(root, { recursive: true, force: true });
});

test('a message is sent, received with its attributes, and deleted', async () => {
  const sent = await client.send(
    new SendMessageCommand({
      QueueUrl: url,
      MessageBody: 'Grüße \u{1F493} "quoted"',
      MessageAttributes: {
        kind: { DataType: 'String', StringValue: 'ecg' },
        bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255) },
        count: { DataType: 'Number', StringValue: '12' },
      },
    }),
  );
  // From an independent calculation (Python's hashlib over the encoding of the developer guide).
  expect(sent.MD5OfMessageAttributes).toBe('8ad32ee231cd403213029c35bf102fef');
  const { Messages } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  );
  expect(Messages).toHaveLength(1);
  const message = Messages![0]!;
  expect(message).toMatchObject({
    MessageId: sent.MessageId,
    Body: 'Grüße \u{1F493} "quoted"',
    MD5OfBody: sent.MD5OfMessageBody,
    MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    Attributes: { ApproximateReceiveCount: '1', SenderId: '000000000000' },
    MessageAttributes: { kind: { DataType: 'String', StringValue: 'ecg' } },
  });
  expect(message.MessageAttributes!.bytes!.BinaryValue).toEqual(Uint8Array.of(0, 255));
  await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle }));
  expect(await counts()).toEqual(['0', '0']);
});

test('a long poll is answered as soon as something is sent', async () => {
  const waiting = client.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }));
  await new Promise((resolve) => setTimeout(resolve, 200));
  await queues.send('ingest', 'now');
  let answered = false;
  void waiting.then(() => {
    answered = true;
  });
  // Long before the poll would end by itself.
  await expect.poll(() => answered, { timeout: 15_000 }).toBe(true);
  expect((await waiting).Messages?.[0]?.Body).toBe('now');
});

test('a caller that gives up a long poll takes no message with it', async () => {
  const abort = new AbortController();
  const waiting = client.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }), {
    abortSignal: abort.signal,
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  await new Promise((resolve) => setTimeout(resolve, 200));
  await queues.send('ingest', 'for the next');
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl: url }));
  expect(Messages?.[0]?.Body).toBe('for the next');
});

test('batches report each entry alone', async () => {
  const sent = await client.send(
    new SendMessageBatchCommand({
      QueueUrl: url,
      Entries: [
        { Id: 'a', MessageBody: 'one' },
        { Id: 'b', MessageBody: 'not \u0000 allowed' },
        { Id: 'c', MessageBody: 'three' },
      ],
    }),
  );
  expect(sent.Successful?.map(({ Id }) => Id).sort()).toEqual(['a', 'c']);
  expect(sent.Failed).toMatchObject([{ Id: 'b', Code: 'InvalidMessageContents', SenderFault: true }]);
  const { Messages } = await client.send(
    new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }),
  );
  const deleted = await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl: url,
      Entries: [
        ...Messages!.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
        { Id: 'x', ReceiptHandle: 'nonsense' },
      ],
    }),
  );
  expect(deleted.Successful).toHaveLength(2);
  expect(deleted.Failed).toMatchObject([{ Id: 'x', Code: 'ReceiptHandleIsInvalid' }]);
  expect(await counts()).toEqual(['0', '0']);
});

test('a poison message goes to the dead-letter queue and can be redriven', async () => {
  await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'poison' }));
  for (const receives of ['1', '2']) {
    const { Messages } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: url, MessageSystemAttributeNames: ['ApproximateReceiveCount'] }),
    );
    expect(Messages![0]!.Attributes).toEqual({ ApproximateReceiveCount: receives });
    const ReceiptHandle = Messages![0]!.ReceiptHandle;
    await client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 }),
    );
  }
  expect((await client.send(new ReceiveMessageCommand({ QueueUrl: url }))).Messages).toBeUndefined();
  const dead = await client.send(new GetQueueUrlCommand({ QueueName: 'ingest-dead' }));
  const listed = await client.send(
    new ReceiveMessageCommand({ QueueUrl: dead.QueueUrl, VisibilityTimeout: 0, WaitTimeSeconds: 1 }),
  );
  expect(listed.Messages?.[0]?.Body).toBe('poison');
  const sources = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead.QueueUrl }));
  expect(sources.queueUrls).toEqual([url]);

  const SourceArn = 'arn:aws:sqs:eu-central-1:000000000000:ingest-dead';
  await client.send(new StartMessageMoveTaskCommand({ SourceArn }));
  const { Messages } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      WaitTimeSeconds: 5,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    }),
  );
  expect(Messages).toMatchObject([{ Body: 'poison', Attributes: { ApproximateReceiveCount: '1' } }]);
  await expect
    .poll(async () => (await client.send(new ListMessageMoveTasksCommand({ SourceArn }))).Results)
    .toMatchObject([{ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1, SourceArn }]);
});

test('queues are listed, described and purged', async () => {
  const { QueueUrls } = await client.send(new ListQueuesCommand({}));
  expect(QueueUrls?.map((listed) => listed.split('/').at(-1))).toEqual([
    'ingest',
    'ingest-dead',
    'wake',
    'wake-dead',
  ]);
  const first = await client.send(new ListQueuesCommand({ MaxResults: 3 }));
  const rest = await client.send(new ListQueuesCommand({ MaxResults: 3, NextToken: first.NextToken }));
  expect([...first.QueueUrls!, ...rest.QueueUrls!]).toEqual(QueueUrls);
  await queues.send('ingest', 'one');
  await queues.send('ingest', 'two', { delay: 900 });
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
  );
  expect(Attributes).toMatchObject({
    ApproximateNumberOfMessages: '1',
    ApproximateNumberOfMessagesDelayed: '1',
    VisibilityTimeout: '30',
    MessageRetentionPeriod: '86400',
    QueueArn: 'arn:aws:sqs:eu-central-1:000000000000:ingest',
  });
  expect(JSON.parse(Attributes!.RedrivePolicy!)).toEqual({
    deadLetterTargetArn: 'arn:aws:sqs:eu-central-1:000000000000:ingest-dead',
    maxReceiveCount: 2,
  });
  await client.send(new PurgeQueueCommand({ QueueUrl: url }));
  expect(queues.counts('ingest')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
});

test('errors have the names of SQS', async () => {
  const missing = `${url.slice(0, -6)}absent`;
  const rejects = async (sent: Promise<unknown>, name: string) =>
    expect(await sent.catch((error: Error) => error.name)).toBe(name);
  await rejects(
    client.send(new SendMessageCommand({ QueueUrl: missing, MessageBody: 'x' })),
    'QueueDoesNotExist',
  );
  await rejects(client.send(new GetQueueUrlCommand({ QueueName: 'absent' })), 'QueueDoesNotExist');
  await rejects(
    client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: 'x' })),
    'ReceiptHandleIsInvalid',
  );
  await rejects(
    client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 11 })),
    'InvalidParameterValue',
  );
  await rejects(
    client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: [] })),
    'EmptyBatchRequest',
  );
  await rejects(
    client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x'.repeat((1 << 20) + 1) })),
    'InvalidParameterValue',
  );
  await rejects(
    client.send(
      new StartMessageMoveTaskCommand({ SourceArn: 'arn:aws:sqs:eu-central-1:000000000000:absent' }),
    ),
    'ResourceNotFoundException',
  );
  allowed = (action) => action !== 'sqs:PurgeQueue';
  await rejects(client.send(new PurgeQueueCommand({ QueueUrl: url })), 'AccessDeniedException');
  const stranger = new SQSClient({
    endpoint: queues.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'other', secretAccessKey: 'secret' },
    maxAttempts: 1,
  });
  await rejects(stranger.send(new ListQueuesCommand({})), 'InvalidClientTokenId');
  stranger.destroy();
});

async function counts(): Promise<(string | undefined)[]> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return [Attributes?.ApproximateNumberOfMessages, Attributes?.ApproximateNumberOfMessagesNotVisible];
}
