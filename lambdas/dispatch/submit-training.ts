import { markTrainingSubmitted, requestedRuns } from '../../shared/catalog/experiments.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { manifestKey } from '../../shared/storage/manifest.ts';
import { endIfOver } from '../end-job.ts';
import { type Services, submit } from './dispatch-run.ts';

/**
 * Submits a job for each requested training run. A crash between the submission and its note submits a second job for
 * the same run; both write the same checkpoints under the run's name and the registry takes one model, so it costs
 * time and nothing else.
 * @returns how many were submitted
 */
export async function submitTraining({ database, objects, batch }: Services): Promise<number> {
  const requested = await requestedRuns(database);
  for (const { id, name, experiment } of requested) {
    const manifest = { bucket: environment.bucket('work'), key: manifestKey(id) };
    await objects.put(
      manifest,
      `${JSON.stringify({ runId: id, name, experiment })}\n`,
      'application/x-ndjson',
    );
    const job = await submit(batch, 'train', id, manifest, 1);
    await markTrainingSubmitted(database, id, job);
    await endIfOver(database, { kind: 'training', id, job });
  }
  return requested.length;
}
