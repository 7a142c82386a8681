import middy from '@middy/core';
import sqsPartialBatchFailure from '@middy/sqs-partial-batch-failure';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { errorName, log } from './log.ts';

/**
 * A handler of queue messages: `work` settles one promise a message, in order; those that reject are reported as batch
 * item failures, so that SQS delivers them again and no other.
 */
export function queueHandler(
  work: (records: readonly SQSRecord[], context: Context) => Promise<PromiseSettledResult<unknown>[]>,
) {
  return middy<SQSEvent, SQSBatchResponse>()
    .use(
      sqsPartialBatchFailure({
        // The middleware's own logger prints whole records, which may name patients.
        logger: (reason: unknown) => log('warn', 'message-failed', { error: errorName(reason) }),
      }),
    )
    .handler(async (event: SQSEvent, context: Context) => (await work(event.Records, context)) as never);
}
