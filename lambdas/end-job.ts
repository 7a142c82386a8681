import type { Database } from '../shared/catalog/database.ts';
import { releaseEvaluation } from '../shared/catalog/evaluations.ts';
import { releaseTraining } from '../shared/catalog/experiments.ts';
import { type AwaitedJob, endsRun, finalState } from '../shared/catalog/runs.ts';
import { closeRun } from './close-run.ts';

/** Which work each kind of job name stands for; the programs that are not named here work for a run. */
export const kindOf = (program: string): AwaitedJob['kind'] =>
  program === 'train' ? 'training' : program === 'evaluate' ? 'evaluation' : 'run';

/**
 * What follows the end of a job: whatever of its work is not done is given back or has failed for good. Work that waits
 * for another job is left alone, so this may come late and twice.
 * @param state SUCCEEDED or FAILED; undefined for a job that Batch no longer knows
 */
export async function endJob(
  database: Database,
  { kind, id, job }: AwaitedJob,
  state: string | undefined,
): Promise<void> {
  const failed = state === 'FAILED';
  if (kind === 'training') await releaseTraining(database, id, job, failed);
  else if (kind === 'evaluation') await releaseEvaluation(database, id, job, failed);
  else if (await endsRun(database, id, job)) await closeRun(database, id);
}

/** For a job whose id was just noted: it can have ended, and its event been heard, before that. */
export async function endIfOver(database: Database, awaited: AwaitedJob): Promise<void> {
  const state = await finalState(database, awaited.job);
  if (state !== undefined) await endJob(database, awaited, state);
}
