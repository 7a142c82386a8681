import { randomUUID } from 'node:crypto';
import { claimExports } from '../../shared/catalog/exports.ts';
import { markSubmitted } from '../../shared/catalog/runs.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { manifestKey } from '../../shared/storage/manifest.ts';
import { endIfOver } from '../end-job.ts';
import { type Services, submit } from './dispatch-run.ts';

/**
 * Submits a job for the files of Xcelera exports that wait to be imported. Its run is one without recordings: what
 * gives back the recordings of a run that ended lets its files be claimed again.
 * @returns how many files were claimed
 */
export async function submitImport({ database, objects, batch }: Services): Promise<number> {
  const runId = randomUUID();
  const claimed = await claimExports(database, runId);
  if (claimed.length === 0) return 0;
  const manifest = { bucket: environment.bucket('work'), key: manifestKey(runId) };
  const lines = claimed.map((file) => `${JSON.stringify({ runId, ...file })}\n`);
  await objects.put(manifest, lines.join(''), 'application/x-ndjson');
  const jobId = await submit(batch, 'import', runId, manifest, 1);
  await markSubmitted(database, runId, { preprocess: jobId, infer: null });
  await endIfOver(database, { kind: 'run', id: runId, job: jobId });
  return claimed.length;
}
