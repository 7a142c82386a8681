import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { requestBody } from '../request-body.ts';
import { ServiceError } from '../service-error.ts';
import type { BatchService } from './batch-service.ts';
import { batchArn } from './job-description.ts';
import { listJobs, listJobsSchema } from './job-listing.ts';
import { clientError, nameOf } from './submission.ts';

const maxRequestBytes = 256 * 1024;

interface Call {
  readonly batch: BatchService;
  /** Refuses the call unless the caller may use the action on the job definition (`*` where it is about none). */
  readonly allow: (definition: string) => void;
}

interface Operation {
  readonly action: string;
  readonly run: (parameters: unknown, call: Call) => Promise<object>;
}

/** Binds a request's schema to what answers it. */
function operation<T extends z.ZodType>(
  action: string,
  schema: T,
  run: (parameters: z.output<T>, call: Call) => Promise<object> | object,
): Operation {
  return {
    action: `batch:${action}`,
    run: async (parameters, call) => {
      const { success, data, error } = schema.safeParse(parameters);
      if (!success) throw clientError(`Error executing request, Exception : ${z.prettifyError(error)}`);
      return run(data, call);
    },
  };
}

const endSchema = z.object({ jobId: z.string().min(1), reason: z.string().min(1) });

function ending(action: string, by: 'cancel' | 'terminate'): Operation {
  return operation(action, endSchema, async ({ jobId, reason }, { batch, allow }) => {
    allow(batch.job(jobId)?.specification.definition ?? '*');
    await batch.end(jobId, reason, by);
    return {};
  });
}

const operations: Readonly<Record<string, Operation>> = {
  submitjob: operation(
    'SubmitJob',
    z.looseObject({ jobDefinition: z.string() }),
    async (request, { batch, allow }) => {
      allow(nameOf(request.jobDefinition).replace(/:1$/, ''));
      const job = await batch.submit(request);
      return {
        jobArn: batchArn(batch.options, `job/${job.id}`),
        jobName: job.specification.name,
        jobId: job.id,
      };
    },
  ),

  describejobs: operation(
    'DescribeJobs',
    z.object({ jobs: z.array(z.string()).max(100) }),
    ({ jobs }, { batch, allow }) => {
      allow('*');
      return { jobs: jobs.flatMap((id) => batch.job(id) ?? []).map((job) => batch.describe(job)) };
    },
  ),

  listjobs: operation('ListJobs', listJobsSchema, (request, { batch, allow }) => {
    allow('*');
    if (request.jobQueue !== undefined) existingQueue(batch, request.jobQueue);
    return listJobs(request, batch.jobs(), (id) => batch.job(id), batch.options);
  }),

  terminatejob: ending('TerminateJob', 'terminate'),
  canceljob: ending('CancelJob', 'cancel'),

  describejobqueues: operation(
    'DescribeJobQueues',
    z.object({ jobQueues: z.array(z.string()).default([]) }),
    ({ jobQueues }, { batch, allow }) => {
      allow('*');
      const wanted = new Set(jobQueues.map(nameOf));
      return {
        jobQueues: Object.entries(batch.options.jobQueues)
          .filter(([name]) => wanted.size === 0 || wanted.has(name))
          .map(([name, { priority }]) => ({
            jobQueueName: name,
            jobQueueArn: batchArn(batch.options, `job-queue/${name}`),
            state: 'ENABLED',
            status: 'VALID',
            statusReason: 'JobQueue Healthy',
            priority,
            computeEnvironmentOrder: [
              { order: 1, computeEnvironment: batchArn(batch.options, 'compute-environment/local') },
            ],
          })),
      };
    },
  ),

  describejobdefinitions: operation(
    'DescribeJobDefinitions',
    z.object({ jobDefinitions: z.array(z.string()).default([]), jobDefinitionName: z.string().optional() }),
    ({ jobDefinitions, jobDefinitionName }, { batch, allow }) => {
      allow('*');
      const wanted = new Set(
        [...jobDefinitions, ...(jobDefinitionName === undefined ? [] : [jobDefinitionName])].map((name) =>
          nameOf(name).replace(/:1$/, ''),
        ),
      );
      return {
        jobDefinitions: Object.entries(batch.options.jobDefinitions)
          .filter(([name]) => wanted.size === 0 || wanted.has(name))
          .map(([name, definition]) => ({
            jobDefinitionName: name,
            jobDefinitionArn: batchArn(batch.options, `job-definition/${name}:1`),
            revision: 1,
            status: 'ACTIVE',
            type: 'container',
            retryStrategy: { attempts: definition.attempts, evaluateOnExit: definition.retryRules },
            ...(definition.timeout !== undefined && {
              timeout: { attemptDurationSeconds: definition.timeout },
            }),
            containerProperties: {
              image: definition.program,
              command: definition.command,
              environment: Object.entries(definition.environment).map(([key, value]) => ({
                name: key,
                value,
              })),
              resourceRequirements: [
                { type: 'VCPU', value: String(definition.vcpu) },
                { type: 'MEMORY', value: String(definition.memory) },
                ...(definition.gpu > 0 ? [{ type: 'GPU', value: String(definition.gpu) }] : []),
              ],
            },
          })),
      };
    },
  ),
};

function existingQueue(batch: BatchService, queue: string): void {
  if (!Object.hasOwn(batch.options.jobQueues, nameOf(queue)))
    throw clientError(`JobQueue ${queue} does not exist.`);
}

function operationOf(request: IncomingMessage): Operation | undefined {
  const name = /^\/v1\/([a-z]+)(\?|$)/.exec(request.url ?? '')?.[1];
  return request.method === 'POST' && name !== undefined && Object.hasOwn(operations, name)
    ? operations[name]
    : undefined;
}

/** Whether a request is for Batch, by its method and path. */
export function isBatchRequest(request: IncomingMessage): boolean {
  return operationOf(request) !== undefined;
}

/** Answers one request of Batch's REST JSON protocol, which the SDK clients and the AWS CLI speak. */
export async function handleBatchRequest(
  batch: BatchService,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { access } = batch.options;
  try {
    const body = await requestBody(request, maxRequestBytes);
    const principal = (await access?.authenticate(request, body)) ?? '';
    const known = operationOf(request);
    if (!known) throw new ServiceError('UnknownOperationException', 'The operation is not supported.', 404);
    const allow = (definition: string) => {
      if (access?.authorize && !access.authorize(principal, known.action, definition))
        throw new ServiceError(
          'AccessDeniedException',
          `User: ${principal} is not authorized to perform: ${known.action}`,
          403,
        );
    };
    answer(response, 200, await known.run(parseJson(body), { batch, allow }));
  } catch (thrown) {
    const error = ServiceError.from(
      thrown,
      () => new ServiceError('ServerException', 'The request failed for a reason within the service.', 500),
    );
    response.setHeader('x-amzn-errortype', error.code);
    answer(response, error.status, { message: error.message });
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  } catch {
    throw clientError('The request is not JSON.');
  }
}

function answer(response: ServerResponse, status: number, value: object): void {
  const body = Buffer.from(JSON.stringify(value));
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': body.length,
      'x-amzn-requestid': randomUUID(),
    })
    .end(body);
}
