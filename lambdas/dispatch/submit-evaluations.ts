import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import {
  type EvaluationDomain,
  evaluatedLabels,
  finishEvaluation,
  markEvaluationSubmitted,
  type RequestedEvaluation,
  requestedEvaluations,
  withdrawEvaluation,
} from '../../shared/catalog/evaluations.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { bareClass, means } from '../../shared/learning/label-table.ts';
import { manifestKey } from '../../shared/storage/manifest.ts';
import { endIfOver } from '../end-job.ts';
import { type Services, submit } from './dispatch-run.ts';

/** Domains that an evaluation program is there for. */
const domains: readonly EvaluationDomain[] = ['ecg', 'echo'];

/**
 * Seconds after which requests are looked at again, and the age from which only the schedule does so. Each look waits as
 * long as the request has waited already: Lambda takes a function that calls itself sixteen times in a row for a loop
 * gone wrong, and two hours are twelve.
 */
const shortestWait = 60;
const longestWait = 900;
const patience = 7200;

/**
 * Submits a job for each evaluation whose recordings have all come to an end. One whose recordings are on their way, or
 * that was made a short while ago, waits; one without any is taken back, since their arrival asks for it again. A crash
 * between the submission and its note submits a second job, which makes the same rows and the same page.
 * @returns how many were submitted
 */
export async function submitEvaluations(services: Services, queue: SQSClient): Promise<number> {
  let submitted = 0;
  let wait: number | undefined;
  for (const domain of domains) {
    for (const request of await requestedEvaluations(services.database, domain)) {
      if (request.pending > 0 || (request.scored > 0 && request.rests)) {
        const own = Math.min(longestWait, Math.max(shortestWait, request.age));
        if (request.age < patience) wait = Math.min(wait ?? own, own);
      } else if (request.scored === 0) await withdrawEvaluation(services.database, request.id);
      else if (await isAnswerable(services, request)) {
        await submitEvaluation(services, request);
        submitted += 1;
      }
    }
  }
  if (wait !== undefined)
    await queue.send(
      new SendMessageCommand({
        QueueUrl: environment.queueUrl('wake'),
        MessageBody: '{}',
        DelaySeconds: wait,
      }),
    );
  return submitted;
}

async function submitEvaluation({ database, objects, batch }: Services, request: RequestedEvaluation) {
  const { id, domain, dataSet, modelName, modelVersion } = request;
  const manifest = { bucket: environment.bucket('work'), key: manifestKey(id) };
  const line = JSON.stringify({ id, domain, dataSet, modelName, modelVersion });
  await objects.put(manifest, `${line}\n`, 'application/x-ndjson');
  const job = await submit(batch, 'evaluate', id, manifest, 1);
  await markEvaluationSubmitted(database, id, job);
  await endIfOver(database, { kind: 'evaluation', id, job });
}

/**
 * Whether the labels of an ECG data set name a class of the model; if not, that is the outcome. Of headers with other
 * diagnoses nobody has asked anything, of a table somebody has.
 */
async function isAnswerable({ database }: Services, request: RequestedEvaluation): Promise<boolean> {
  if (request.domain !== 'ecg') return true;
  const { labels, classes } = await evaluatedLabels(database, request);
  if (classes.some((name) => labels.some((label) => means(label, bareClass(name))))) return true;
  if (request.dataSet.endsWith('/')) await withdrawEvaluation(database, request.id);
  else
    await finishEvaluation(database, request.id, {
      state: 'failed',
      reason: 'labels_invalid',
      detail: "The labels name none of the model's classes.",
    });
  return false;
}
