import { DescribeJobsCommand } from '@aws-sdk/client-batch';
import { awaitedJobs, isFinal } from '../../shared/catalog/runs.ts';
import { endJob } from '../end-job.ts';
import type { Services } from './dispatch-run.ts';

/** Minutes of silence after which a job is asked for. */
const quietMinutes = 10;

/** Jobs that Batch describes in one call. */
const describedAtOnce = 100;

/**
 * Ends the wait for jobs whose end was not heard of: their event was lost, or Batch no longer knows them (it forgets
 * a job seven days after its end).
 * @returns how many there were
 */
export async function endLostJobs({
  database,
  batch,
}: Pick<Services, 'database' | 'batch'>): Promise<number> {
  let lost = 0;
  for await (const page of awaitedJobs(database, quietMinutes))
    for (let at = 0; at < page.length; at += describedAtOnce) {
      const asked = page.slice(at, at + describedAtOnce);
      const { jobs } = await batch.send(new DescribeJobsCommand({ jobs: asked.map(({ job }) => job) }));
      const states = new Map(jobs?.map(({ jobId, status }) => [jobId, status]));
      for (const awaited of asked) {
        const state = states.get(awaited.job);
        if (state !== undefined && !isFinal(state)) continue;
        await endJob(database, awaited, state);
        lost += 1;
      }
    }
  return lost;
}
