import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ServiceError } from '../service-error.ts';
import type { JobSpecification } from './job.ts';
import { attemptsSchema, type JobDefinition, retryRulesSchema } from './job-definition.ts';

/** AWS Batch's limit of a submission, 30 KiB. */
const maxSubmissionBytes = 30 * 1024;

const variable = z.strictObject({
  name: z.string().min(1),
  value: z.string().default(''),
});

const schema = z.strictObject({
  jobName: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/),
  jobQueue: z.string(),
  jobDefinition: z.string(),
  /** One machine has nothing to share out. */
  shareIdentifier: z
    .string()
    .regex(/^[A-Za-z0-9]{1,255}$/)
    .optional(),
  arrayProperties: z.strictObject({ size: z.number().int().min(2).max(10_000) }).optional(),
  parameters: z.record(z.string(), z.string()).default({}),
  containerOverrides: z
    .strictObject({
      command: z.array(z.string()).optional(),
      environment: z.array(variable).default([]),
      resourceRequirements: z
        .array(z.strictObject({ type: z.enum(['VCPU', 'MEMORY', 'GPU']), value: z.string() }))
        .default([]),
    })
    .prefault({}),
  dependsOn: z
    .array(
      z.strictObject({
        jobId: z.string().optional(),
        type: z.enum(['N_TO_N', 'SEQUENTIAL']).optional(),
      }),
    )
    .max(20)
    .default([]),
  retryStrategy: z
    .strictObject({ attempts: attemptsSchema.optional(), evaluateOnExit: retryRulesSchema.optional() })
    .default({}),
  timeout: z.strictObject({ attemptDurationSeconds: z.number().int().min(60) }).optional(),
  tags: z.record(z.string(), z.string()).default({}),
  propagateTags: z.boolean().optional(),
});

export interface Catalogue {
  readonly queues: ReadonlySet<string>;
  readonly definitions: ReadonlyMap<string, JobDefinition>;
}

/**
 * Reads a SubmitJob request against the queues and definitions that there are. Dependencies are checked by the
 * service, which knows the jobs.
 * @throws ServiceError ClientException
 */
export function parseSubmission(request: unknown, catalogue: Catalogue): JobSpecification {
  if (Buffer.byteLength(JSON.stringify(request)) > maxSubmissionBytes)
    throw clientError(`The job submission exceeds ${maxSubmissionBytes} bytes.`);
  const parsed = schema.safeParse(request);
  if (!parsed.success)
    throw clientError(`Error executing request, Exception : ${z.prettifyError(parsed.error)}`);
  const { jobName, jobQueue, jobDefinition, arrayProperties, containerOverrides, ...given } = parsed.data;
  const queue = nameOf(jobQueue);
  if (!catalogue.queues.has(queue)) throw clientError(`JobQueue ${queue} not found.`);
  const name = nameOf(jobDefinition).replace(/:1$/, '');
  const definition = catalogue.definitions.get(name);
  if (!definition) throw clientError(`JobDefinition ${name} not found.`);
  const reserved = containerOverrides.environment.find((entry) => entry.name.startsWith('AWS_BATCH'));
  if (reserved) throw clientError(`Environment variable ${reserved.name} uses a reserved name.`);
  for (const { jobId, type } of given.dependsOn) {
    if (type !== undefined && arrayProperties === undefined)
      throw clientError(`A ${type} dependency is for array jobs.`);
    if (type === 'SEQUENTIAL' ? jobId !== undefined : jobId === undefined)
      throw clientError('A dependency names a job, unless it is SEQUENTIAL.');
  }
  return {
    id: randomUUID(),
    name: jobName,
    queue,
    definition: name,
    arraySize: arrayProperties?.size,
    parameters: given.parameters,
    command: containerOverrides.command,
    environment: Object.fromEntries(containerOverrides.environment.map((entry) => [entry.name, entry.value])),
    resources: Object.fromEntries(
      containerOverrides.resourceRequirements.map(({ type, value }) => [type, value]),
    ),
    dependsOn: given.dependsOn,
    attempts: given.retryStrategy.attempts ?? definition.attempts,
    retryRules: given.retryStrategy.evaluateOnExit ?? definition.retryRules,
    timeout: given.timeout?.attemptDurationSeconds ?? definition.timeout,
    tags: given.tags,
    createdAt: Date.now(),
  };
}

/** The name in an ARN, or the name itself. */
export function nameOf(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);
}

export function clientError(message: string): ServiceError {
  return new ServiceError('ClientException', message);
}
