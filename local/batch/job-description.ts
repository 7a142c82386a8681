import type { JobDetail, JobSummary } from '@aws-sdk/client-batch';
import type { Job, JobState, JobStatus } from './job.ts';
import type { JobDefinition } from './job-definition.ts';

/** Where jobs are, for their ARNs. */
export interface Place {
  readonly region: string;
  readonly account: string;
}

export function batchArn({ region, account }: Place, resource: string): string {
  return `arn:aws:batch:${region}:${account}:${resource}`;
}

/** The arguments that a job's program gets: `Ref::name` stands for a parameter. */
export function commandOf(job: Job, definition: JobDefinition | undefined): string[] {
  const { command, parameters } = job.specification;
  return (command ?? definition?.command ?? []).map((argument) => {
    const name = /^Ref::(.+)$/.exec(argument)?.[1];
    return name === undefined ? argument : (parameters[name] ?? argument);
  });
}

/** Name of an attempt's log stream; the log file is named after it. */
export function logStreamOf(job: Job): string {
  return `${job.specification.definition}-${job.id.replace(':', '-')}`;
}

/** The SDK's type, but for the start, which a job that has not started lacks. */
export type JobDescription = Omit<JobDetail, 'startedAt'> & Partial<Pick<JobDetail, 'startedAt'>>;

/** A job in some state, as DescribeJobs answers and as the detail of a "Batch Job State Change" event. */
export function describeJob(
  job: Job,
  state: JobState,
  definition: JobDefinition | undefined,
  place: Place,
): JobDescription {
  const { specification } = job;
  const last = state.attempts.at(-1);
  const resources = {
    ...(definition && {
      VCPU: String(definition.vcpu),
      MEMORY: String(definition.memory),
      ...(definition.gpu > 0 && { GPU: String(definition.gpu) }),
    }),
    ...specification.resources,
  };
  return {
    jobArn: batchArn(place, `job/${job.id}`),
    jobName: specification.name,
    jobId: job.id,
    jobQueue: batchArn(place, `job-queue/${specification.queue}`),
    status: state.status,
    attempts: state.attempts.map((attempt) => ({
      container: {
        containerInstanceArn: containerInstance(place),
        ...(attempt.exitCode !== undefined && { exitCode: attempt.exitCode }),
        ...(attempt.reason !== undefined && { reason: attempt.reason }),
        logStreamName: logStreamOf(job),
        networkInterfaces: [],
      },
      startedAt: attempt.startedAt,
      stoppedAt: attempt.stoppedAt,
      statusReason: attempt.statusReason,
    })),
    ...(state.statusReason !== undefined && { statusReason: state.statusReason }),
    createdAt: specification.createdAt,
    retryStrategy: { attempts: specification.attempts, evaluateOnExit: [...specification.retryRules] },
    ...(state.startedAt !== undefined && { startedAt: state.startedAt }),
    ...(state.stoppedAt !== undefined && { stoppedAt: state.stoppedAt }),
    dependsOn: [...specification.dependsOn],
    jobDefinition: batchArn(place, `job-definition/${specification.definition}:1`),
    parameters: { ...specification.parameters },
    container: {
      image: definition?.program,
      command: commandOf(job, definition),
      volumes: [],
      environment: Object.entries({ ...definition?.environment, ...specification.environment }).map(
        ([name, value]) => ({ name, value }),
      ),
      mountPoints: [],
      ulimits: [],
      networkInterfaces: [],
      resourceRequirements: Object.entries(resources).map(([type, value]) => ({
        type: type as 'VCPU' | 'MEMORY' | 'GPU',
        value,
      })),
      secrets: [],
      ...(last?.exitCode !== undefined && { exitCode: last.exitCode }),
      ...(last?.reason !== undefined && { reason: last.reason }),
      ...((last || state.startedAt !== undefined) && { logStreamName: logStreamOf(job) }),
    },
    ...(specification.timeout !== undefined && {
      timeout: { attemptDurationSeconds: specification.timeout },
    }),
    ...arrayProperties(job),
    tags: { ...specification.tags },
    propagateTags: false,
    platformCapabilities: ['EC2'],
    eksAttempts: [],
    isCancelled: state.ending?.by === 'cancel',
    isTerminated: state.ending?.by === 'terminate',
  };
}

/** A job as ListJobs answers. */
export function summarizeJob(job: Job, place: Place): JobSummary {
  const { specification, state } = job;
  const last = state.attempts.at(-1);
  return {
    jobArn: batchArn(place, `job/${job.id}`),
    jobId: job.id,
    jobName: specification.name,
    createdAt: specification.createdAt,
    status: state.status,
    ...(state.statusReason !== undefined && { statusReason: state.statusReason }),
    ...(state.startedAt !== undefined && { startedAt: state.startedAt }),
    ...(state.stoppedAt !== undefined && { stoppedAt: state.stoppedAt }),
    ...(last && {
      container: {
        ...(last.exitCode !== undefined && { exitCode: last.exitCode }),
        ...(last.reason !== undefined && { reason: last.reason }),
      },
    }),
    ...(job.index !== undefined && { arrayProperties: { index: job.index } }),
    ...(job.children && {
      arrayProperties: { size: job.children.length, statusSummary: { ...job.summary } },
    }),
    jobDefinition: batchArn(place, `job-definition/${specification.definition}:1`),
  };
}

function containerInstance(place: Place): string {
  return `arn:aws:ecs:${place.region}:${place.account}:container-instance/${hostName}`;
}

/** The one host of the embedded Batch, in the place of an EC2 instance. */
export const hostName = 'i-0000000000000000a';

function arrayProperties(job: Job): Pick<JobDetail, 'arrayProperties'> {
  if (job.children)
    return {
      arrayProperties: {
        size: job.children.length,
        statusSummary: { ...job.summary } satisfies Record<JobStatus, number>,
      },
    };
  return job.index === undefined ? {} : { arrayProperties: { index: job.index } };
}
