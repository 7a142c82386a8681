import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { EventBridgeEvent } from 'aws-lambda';
import { Database } from '../../shared/catalog/database.ts';
import { isFinal, recordJobChange } from '../../shared/catalog/runs.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { parseJobName } from '../../shared/deployment/job-name.ts';
import { endJob, kindOf } from '../end-job.ts';
import { log } from '../log.ts';
import { quietErrors } from '../quiet-errors.ts';

/** The part of a "Batch Job State Change" that is used. */
interface JobDetail {
  readonly jobName: string;
  readonly jobId: string;
  readonly status: string;
  readonly statusReason?: string;
}

const database = new Database(environment.database());
const queue = new SQSClient({});

/**
 * Follows Batch jobs. Children of an array are left to their parent, whose end says that none is running any more;
 * then whatever of the run was not scored is given back or has failed for good.
 */
export const handler = middy<EventBridgeEvent<'Batch Job State Change', JobDetail>, void>()
  .use(quietErrors)
  .handler(async (event) => {
    const { jobName, jobId, status, statusReason } = event.detail;
    const job = parseJobName(jobName);
    if (job === undefined || jobId.includes(':')) return;
    const stored = await recordJobChange(database, {
      jobId,
      runId: job.runId,
      program: job.program,
      state: status,
      reason: statusReason ?? null,
      changedAt: event.time,
    });
    log('info', 'job', { program: job.program, state: status, stored });
    if (!isFinal(status)) return;
    // What follows is repeated on every delivery: a crash after the row above must not lose it.
    await endJob(database, { kind: kindOf(job.program), id: job.runId, job: jobId }, status);
    // What was given back, or waited for the model that a training has made, is dispatched.
    await queue.send(new SendMessageCommand({ QueueUrl: environment.queueUrl('wake'), MessageBody: '{}' }));
  });
