import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { requestBody } from '../request-body.ts';
import { ServiceError } from '../service-error.ts';
import {
  messageAttributesMd5,
  parseMessageAttributes,
  selectMessageAttributes,
} from './message-attributes.ts';
import { maxMessageBytes, messageBytes } from './message-size.ts';
import type { MoveTask } from './move-tasks.ts';
import type { QueueService, ReceivedMessage } from './queue-service.ts';

// Room for a full batch with every character escaped.
const maxRequestBytes = 8 * maxMessageBytes;

/** Names that the older query protocol has for errors, which SDKs and CLIs still read from a header. */
const queryCodes: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  MessageNotInflight: 'AWS.SimpleQueueService.MessageNotInflight',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
};

interface Call {
  readonly queues: QueueService;
  readonly principal: string;
  /** Refuses the call unless the caller may use the action on the queue. */
  readonly allow: (queue: string) => string;
  readonly closed: AbortSignal;
}

interface Operation {
  readonly run: (parameters: unknown, call: Call) => Promise<object>;
}

/** Binds a request's schema to what answers it. */
function operation<T extends z.ZodType>(
  schema: T,
  run: (parameters: z.output<T>, call: Call) => Promise<object> | object,
): Operation {
  return {
    run: async (parameters, call) => {
      const { success, data, error } = schema.safeParse(parameters);
      if (!success) throw new ServiceError('InvalidParameterValue', z.prettifyError(error));
      return run(data, call);
    },
  };
}

const queueUrl = z.string().transform((url) => url.slice(url.lastIndexOf('/') + 1));
const queueArn = z.string().transform((arn) => arn.slice(arn.lastIndexOf(':') + 1));
const messageBody = {
  MessageBody: z.string(),
  DelaySeconds: z.number().int().min(0).max(900).default(0),
  MessageAttributes: z.unknown().optional(),
  MessageSystemAttributes: z.unknown().optional(),
};
const batchId = z.string();

/** Checks what all batches have in common: one to ten entries with ids of their own. */
function checkBatch(entries: readonly { Id: string }[]): void {
  if (entries.length === 0)
    throw new ServiceError('EmptyBatchRequest', 'There should be at least one entry.');
  if (entries.length > 10)
    throw new ServiceError('TooManyEntriesInBatchRequest', 'Maximum number of entries per request is 10.');
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw new ServiceError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.');
  if (entries.some(({ Id }) => !/^[A-Za-z0-9_-]{1,80}$/.test(Id)))
    throw new ServiceError('InvalidBatchEntryId', 'An Id is letters, digits, - and _, at most 80.');
}

/** Answers each entry of a batch alone: what fails is listed with its error and does not fail the others. */
async function eachEntry<T extends { Id: string }>(
  entries: readonly T[],
  run: (entry: T) => Promise<object | undefined>,
): Promise<object> {
  checkBatch(entries);
  const Successful: object[] = [];
  const Failed: object[] = [];
  await Promise.all(
    entries.map(async (entry) => {
      try {
        Successful.push({ Id: entry.Id, ...(await run(entry)) });
      } catch (thrown) {
        const error = ServiceError.from(thrown, internalError);
        Failed.push({
          Id: entry.Id,
          Code: error.code,
          Message: error.message,
          SenderFault: error.status < 500,
        });
      }
    }),
  );
  return { Successful, ...(Failed.length > 0 && { Failed }) };
}

async function sendOne(
  queues: QueueService,
  queue: string,
  message: { MessageBody: string; DelaySeconds: number; MessageAttributes?: unknown },
): Promise<object> {
  const attributes = parseMessageAttributes(message.MessageAttributes);
  const { id } = await queues.send(queue, message.MessageBody, {
    attributes,
    delay: message.DelaySeconds,
  });
  return {
    MessageId: id,
    MD5OfMessageBody: createHash('md5').update(message.MessageBody).digest('hex'),
    ...(attributes && { MD5OfMessageAttributes: messageAttributesMd5(attributes) }),
  };
}

function received(
  message: ReceivedMessage,
  sender: string,
  systemWanted: readonly string[],
  wanted: readonly string[],
): object {
  const system: Record<string, string> = {
    SenderId: sender,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  };
  const Attributes = systemWanted.includes('All')
    ? system
    : Object.fromEntries(Object.entries(system).filter(([name]) => systemWanted.includes(name)));
  const MessageAttributes = selectMessageAttributes(message.attributes, wanted);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: message.md5,
    Body: message.body,
    ...(Object.keys(Attributes).length > 0 && { Attributes }),
    ...(MessageAttributes && {
      MessageAttributes,
      MD5OfMessageAttributes: messageAttributesMd5(MessageAttributes),
    }),
  };
}

function queueAttributes(queues: QueueService, queue: string): Record<string, string> {
  const { visibilityTimeout, retentionDays, redrive } = queues.settings(queue);
  const counts = queues.counts(queue);
  return {
    QueueArn: queues.arn(queue),
    ApproximateNumberOfMessages: String(counts.visible),
    ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
    ApproximateNumberOfMessagesDelayed: String(counts.delayed),
    DelaySeconds: '0',
    MaximumMessageSize: String(maxMessageBytes),
    MessageRetentionPeriod: String(Math.round(retentionDays * 86_400)),
    ReceiveMessageWaitTimeSeconds: '0',
    VisibilityTimeout: String(visibilityTimeout),
    SqsManagedSseEnabled: 'false',
    ...(redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: queues.arn(redrive.to),
        maxReceiveCount: redrive.after,
      }),
    }),
  };
}

function describeTask(queues: QueueService, task: MoveTask): object {
  return {
    ...(task.status === 'RUNNING' && { TaskHandle: task.handle }),
    Status: task.status,
    SourceArn: queues.arn(task.source),
    DestinationArn: queues.arn(task.destination),
    ...(task.rate !== undefined && { MaxNumberOfMessagesPerSecond: task.rate }),
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    ...(task.failure !== undefined && { FailureReason: task.failure }),
    StartedTimestamp: task.startedAt,
  };
}

const operations: Readonly<Record<string, Operation>> = {
  SendMessage: operation(z.object({ QueueUrl: queueUrl, ...messageBody }), ({ QueueUrl, ...message }, call) =>
    sendOne(call.queues, call.allow(QueueUrl), message),
  ),

  SendMessageBatch: operation(
    z.object({ QueueUrl: queueUrl, Entries: z.array(z.object({ Id: batchId, ...messageBody })) }),
    ({ QueueUrl, Entries }, call) => {
      const queue = call.allow(QueueUrl);
      let bytes = 0;
      for (const entry of Entries)
        bytes += messageBytes(entry.MessageBody, parseMessageAttributes(entry.MessageAttributes));
      if (bytes > maxMessageBytes)
        throw new ServiceError(
          'BatchRequestTooLong',
          `Batch requests cannot be longer than ${maxMessageBytes} bytes.`,
        );
      return eachEntry(Entries, (entry) => sendOne(call.queues, queue, entry));
    },
  ),

  ReceiveMessage: operation(
    z.object({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: z.number().int().min(1).max(10).default(1),
      VisibilityTimeout: z.number().int().min(0).max(43_200).optional(),
      WaitTimeSeconds: z.number().int().min(0).max(20).default(0),
      AttributeNames: z.array(z.string()).default([]),
      MessageSystemAttributeNames: z.array(z.string()).default([]),
      MessageAttributeNames: z.array(z.string()).default([]),
    }),
    async (parameters, call) => {
      const messages = await call.queues.receive(call.allow(parameters.QueueUrl), {
        max: parameters.MaxNumberOfMessages,
        visibility: parameters.VisibilityTimeout,
        wait: parameters.WaitTimeSeconds,
        signal: call.closed,
      });
      const system = [...parameters.AttributeNames, ...parameters.MessageSystemAttributeNames];
      return messages.length === 0
        ? {}
        : {
            Messages: messages.map((message) =>
              received(message, call.queues.account, system, parameters.MessageAttributeNames),
            ),
          };
    },
  ),

  DeleteMessage: operation(
    z.object({ QueueUrl: queueUrl, ReceiptHandle: z.string() }),
    async ({ QueueUrl, ReceiptHandle }, call) => {
      await call.queues.delete(call.allow(QueueUrl), [ReceiptHandle]);
      return {};
    },
  ),

  DeleteMessageBatch: operation(
    z.object({
      QueueUrl: queueUrl,
      Entries: z.array(z.object({ Id: batchId, ReceiptHandle: z.string() })),
    }),
    ({ QueueUrl, Entries }, call) => {
      const queue = call.allow(QueueUrl);
      return eachEntry(Entries, async ({ ReceiptHandle }) => {
        await call.queues.delete(queue, [ReceiptHandle]);
        return undefined;
      });
    },
  ),

  ChangeMessageVisibility: operation(
    z.object({ QueueUrl: queueUrl, ReceiptHandle: z.string(), VisibilityTimeout: z.number() }),
    async ({ QueueUrl, ReceiptHandle, VisibilityTimeout }, call) => {
      await call.queues.changeVisibility(call.allow(QueueUrl), ReceiptHandle, VisibilityTimeout);
      return {};
    },
  ),

  ChangeMessageVisibilityBatch: operation(
    z.object({
      QueueUrl: queueUrl,
      Entries: z.array(z.object({ Id: batchId, ReceiptHandle: z.string(), VisibilityTimeout: z.number() })),
    }),
    ({ QueueUrl, Entries }, call) => {
      const queue = call.allow(QueueUrl);
      return eachEntry(Entries, async ({ ReceiptHandle, VisibilityTimeout }) => {
        await call.queues.changeVisibility(queue, ReceiptHandle, VisibilityTimeout);
        return undefined;
      });
    },
  ),

  GetQueueUrl: operation(z.object({ QueueName: z.string() }), ({ QueueName }, call) => ({
    QueueUrl: call.queues.url(call.allow(QueueName)),
  })),

  GetQueueAttributes: operation(
    z.object({ QueueUrl: queueUrl, AttributeNames: z.array(z.string()).default([]) }),
    ({ QueueUrl, AttributeNames }, call) => {
      const all = queueAttributes(call.queues, call.allow(QueueUrl));
      const names = AttributeNames.includes('All') ? Object.keys(all) : AttributeNames;
      return {
        Attributes: Object.fromEntries(names.flatMap((name) => (name in all ? [[name, all[name]]] : []))),
      };
    },
  ),

  ListQueues: operation(
    z.object({
      QueueNamePrefix: z.string().default(''),
      MaxResults: z.number().int().min(1).max(1000).default(1000),
      NextToken: z.string().default(''),
    }),
    ({ QueueNamePrefix, MaxResults, NextToken }, { queues, allow }) => {
      allow('*');
      const rest = queues.names().filter((name) => name.startsWith(QueueNamePrefix) && name > NextToken);
      const names = rest.slice(0, MaxResults);
      return {
        QueueUrls: names.map((name) => queues.url(name)),
        ...(rest.length > names.length && { NextToken: names.at(-1) }),
      };
    },
  ),

  ListDeadLetterSourceQueues: operation(z.object({ QueueUrl: queueUrl }), ({ QueueUrl }, call) => {
    const dead = call.allow(QueueUrl);
    call.queues.settings(dead);
    return { queueUrls: sourcesOf(call.queues, dead).map((name) => call.queues.url(name)) };
  }),

  PurgeQueue: operation(z.object({ QueueUrl: queueUrl }), async ({ QueueUrl }, call) => {
    await call.queues.purge(call.allow(QueueUrl));
    return {};
  }),

  StartMessageMoveTask: operation(
    z.object({
      SourceArn: queueArn,
      DestinationArn: queueArn.optional(),
      MaxNumberOfMessagesPerSecond: z.number().int().min(1).max(500).optional(),
    }),
    ({ SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond }, { queues, allow }) => {
      const dead = allow(existing(queues, SourceArn));
      const [source] = sourcesOf(queues, dead);
      if (source === undefined)
        throw new ServiceError('InvalidParameterValue', 'The source queue is no dead-letter queue.');
      const destination = existing(queues, DestinationArn ?? source);
      return { TaskHandle: queues.tasks.start(dead, destination, MaxNumberOfMessagesPerSecond).handle };
    },
  ),

  ListMessageMoveTasks: operation(
    z.object({ SourceArn: queueArn, MaxResults: z.number().int().min(1).max(10).default(1) }),
    ({ SourceArn, MaxResults }, { queues, allow }) => ({
      Results: queues.tasks
        .list(allow(existing(queues, SourceArn)))
        .slice(0, MaxResults)
        .map((task) => describeTask(queues, task)),
    }),
  ),

  CancelMessageMoveTask: operation(
    z.object({ TaskHandle: z.string() }),
    ({ TaskHandle }, { queues, allow }) => {
      allow('*');
      return { ApproximateNumberOfMessagesMoved: queues.tasks.cancel(TaskHandle).moved };
    },
  ),
};

function sourcesOf(queues: QueueService, dead: string): string[] {
  return queues.names().filter((name) => queues.settings(name).redrive?.to === dead);
}

function existing(queues: QueueService, queue: string): string {
  if (!queues.names().includes(queue))
    throw new ServiceError('ResourceNotFoundException', 'The resource that you specified does not exist.');
  return queue;
}

function internalError(): ServiceError {
  return new ServiceError('InternalFailure', 'The request failed for a reason within the service.', 500);
}

/** Whether a request is for SQS, by its target header. */
export function isSqsRequest(request: IncomingMessage): boolean {
  return String(request.headers['x-amz-target'] ?? '').startsWith('AmazonSQS.');
}

/** Answers one request of the protocol AWS JSON 1.0, which the SDK clients and the AWS CLI speak. */
export async function handleSqsRequest(
  queues: QueueService,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID();
  // Ends a long poll whose caller has gone: what it would receive would be hidden for nothing.
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  try {
    const body = await requestBody(request, maxRequestBytes);
    const principal = (await queues.access?.authenticate(request, body)) ?? '';
    const name = /^AmazonSQS\.(\w+)$/.exec(String(request.headers['x-amz-target'] ?? ''))?.[1] ?? '';
    const known = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (!known) throw new ServiceError('UnsupportedOperation', `Operation ${name} is not supported.`);
    const allow = (queue: string) => {
      if (queues.access?.authorize && !queues.access.authorize(principal, actionOf(name), queue))
        throw new ServiceError('AccessDeniedException', `Access to the resource ${queue} is denied.`, 403);
      if (queue !== '*') queues.settings(queue);
      return queue;
    };
    const parameters: unknown = body.length === 0 ? {} : parseJson(body);
    answer(
      response,
      200,
      requestId,
      await known.run(parameters, { queues, principal, allow, closed: closed.signal }),
    );
  } catch (thrown) {
    const error = ServiceError.from(thrown, internalError);
    response.setHeader(
      'x-amzn-query-error',
      `${queryCodes[error.code] ?? error.code};${error.status < 500 ? 'Sender' : 'Receiver'}`,
    );
    answer(response, error.status, requestId, {
      __type: `com.amazonaws.sqs#${error.code}`,
      message: error.message,
    });
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ServiceError('SerializationException', 'The request is not JSON.');
  }
}

function answer(response: ServerResponse, status: number, requestId: string, value: object): void {
  const body = Buffer.from(JSON.stringify(value));
  response
    .writeHead(status, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': body.length,
      'x-amzn-requestid': requestId,
    })
    .end(body);
}

/** IAM has no actions for batches: each needs that of the single operation. */
function actionOf(operation: string): string {
  return `sqs:${operation.replace(/Batch$/, '')}`;
}
