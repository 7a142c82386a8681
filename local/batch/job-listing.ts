import type { JobSummary } from '@aws-sdk/client-batch';
import * as z from 'zod';
import { type Job, jobStatuses } from './job.ts';
import { type Place, summarizeJob } from './job-description.ts';
import { clientError, nameOf } from './submission.ts';

export const listJobsSchema = z.object({
  jobQueue: z.string().optional(),
  arrayJobId: z.string().optional(),
  jobStatus: z.enum(jobStatuses).optional(),
  maxResults: z.number().int().min(1).default(100),
  nextToken: z.string().optional(),
  filters: z
    .array(
      z.object({
        name: z.enum(['JOB_NAME', 'JOB_DEFINITION', 'BEFORE_CREATED_AT', 'AFTER_CREATED_AT']),
        values: z.array(z.string()).min(1),
      }),
    )
    .max(1)
    .default([]),
});

export interface Listed {
  readonly jobSummaryList: JobSummary[];
  readonly nextToken?: string;
}

/**
 * Lists jobs of a queue, latest first, or children of an array job. Without a filter only those of one status, which
 * is RUNNING when the request names none (children: all); with one, the status is ignored. As AWS Batch.
 * @throws ServiceError ClientException
 */
export function listJobs(
  request: z.output<typeof listJobsSchema>,
  jobs: Iterable<Job>,
  find: (id: string) => Job | undefined,
  place: Place,
): Listed {
  const { jobQueue, arrayJobId, filters, nextToken } = request;
  if ((jobQueue === undefined) === (arrayJobId === undefined))
    throw clientError('Exactly one of jobQueue and arrayJobId must be given.');
  let candidates: Job[];
  if (arrayJobId !== undefined) {
    const array = find(arrayJobId);
    if (!array?.children) throw clientError(`Array job ${arrayJobId} does not exist.`);
    candidates = [...array.children];
  } else {
    const queue = nameOf(jobQueue!);
    candidates = [...jobs].filter((job) => job.specification.queue === queue).reverse();
  }
  const [filter] = filters;
  const status = request.jobStatus ?? (arrayJobId === undefined ? 'RUNNING' : undefined);
  const matching = candidates.filter((job) => {
    if (!filter) return status === undefined || job.state.status === status;
    const { name, definition, createdAt } = job.specification;
    switch (filter.name) {
      case 'JOB_NAME':
        return filter.values.some((value) => matches(value, name));
      case 'JOB_DEFINITION':
        return filter.values.some((value) => matches(nameOf(value).replace(/:1$/, ''), definition));
      case 'BEFORE_CREATED_AT':
        return createdAt < Number(filter.values[0]);
      default:
        return createdAt > Number(filter.values[0]);
    }
  });
  // The token is the last job that was listed; it may have changed its status since.
  const after = nextToken === undefined ? -1 : candidates.findIndex((job) => job.id === nextToken);
  if (nextToken !== undefined && after < 0) throw clientError('The nextToken is not valid.');
  const position = new Map(candidates.map((job, at) => [job, at]));
  const rest = after < 0 ? matching : matching.filter((job) => position.get(job)! > after);
  const page = rest.slice(0, Math.min(request.maxResults, 100));
  return {
    jobSummaryList: page.map((job) => summarizeJob(job, place)),
    ...(rest.length > page.length && { nextToken: page.at(-1)!.id }),
  };
}

/** Case does not matter; an asterisk at the end stands for anything. */
function matches(pattern: string, text: string): boolean {
  const wanted = pattern.toLowerCase();
  const given = text.toLowerCase();
  return wanted.endsWith('*') ? given.startsWith(wanted.slice(0, -1)) : given === wanted;
}
