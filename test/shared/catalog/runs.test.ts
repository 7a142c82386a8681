import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimRecordings, releaseRun } from '../../../shared/catalog/recordings.ts';
import {
  type AwaitedJob,
  awaitedJobs,
  endsRun,
  finalState,
  hasOpenRun,
  isFinal,
  type JobChange,
  markSubmitted,
  recordJobChange,
  strandedRuns,
} from '../../../shared/catalog/runs.ts';
import { Catalog, newId } from './catalog.ts';

let catalog: Catalog;

beforeAll(async () => {
  catalog = await Catalog.open();
});
afterAll(() => catalog.close());
beforeEach(() => catalog.empty());

async function claimedRun(): Promise<string> {
  await catalog.readyEcgs(1, `${newId()}/`);
  const runId = newId();
  await claimRecordings(catalog.database, { runId, modality: 'ecg', all: true, scorable: true, limit: 1 });
  return runId;
}
const aged = (id: string, minutes: number) =>
  catalog.database.query(
    'update catalog.runs set created_at = now() - make_interval(mins => :minutes::int) where id = :id::uuid',
    { id, minutes },
  );
/** What is older than ten minutes. */
const awaited = async (): Promise<AwaitedJob[]> => {
  const all: AwaitedJob[] = [];
  for await (const page of awaitedJobs(catalog.database, 10)) all.push(...page);
  return all;
};
const change = (jobId: string, state: string, second: number, runId = newId()): JobChange => ({
  jobId,
  runId,
  program: 'infer',
  state,
  reason: null,
  changedAt: `2026-03-04T05:06:${String(second).padStart(2, '0')}Z`,
});

describe('a run', () => {
  it('is decided by inference, or by preprocessing where nothing is inferred', async () => {
    const [both, alone] = [await claimedRun(), await claimedRun()];
    await markSubmitted(catalog.database, both, { preprocess: 'p1', infer: 'i1' });
    await markSubmitted(catalog.database, alone, { preprocess: 'p2', infer: null });
    expect(await endsRun(catalog.database, both, 'p1')).toBe(false);
    expect(await endsRun(catalog.database, both, 'i1')).toBe(true);
    expect(await endsRun(catalog.database, alone, 'p2')).toBe(true);
    await aged(both, 11);
    expect(await awaited()).toEqual([{ kind: 'run', id: both, job: 'i1' }]);
    await releaseRun(catalog.database, both);
    expect(await awaited()).toEqual([]);
    expect(await endsRun(catalog.database, both, 'i1')).toBe(false);
  });

  it('that was claimed and never submitted is stranded', async () => {
    const [old, fresh, submitted] = [await claimedRun(), await claimedRun(), await claimedRun()];
    await aged(old, 6);
    await aged(submitted, 6);
    await markSubmitted(catalog.database, submitted, { preprocess: 'p', infer: 'i' });
    expect(await strandedRuns(catalog.database)).toEqual([old]);
    await releaseRun(catalog.database, old);
    // Its jobs came after it was given back.
    await markSubmitted(catalog.database, old, { preprocess: 'p', infer: 'i' });
    expect(await endsRun(catalog.database, old, 'i')).toBe(false);
    expect(await strandedRuns(catalog.database)).toEqual([]);
    await aged(fresh, 6);
    expect(await strandedRuns(catalog.database)).toEqual([fresh]);
  });
});

describe('recordJobChange', () => {
  const states = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED'];

  it('ends with the last state, in whatever order and however often events come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(
          states.flatMap((state, second) => [
            { state, second },
            { state, second },
          ]),
          { minLength: 6 },
        ),
        async (events) => {
          const jobId = newId();
          for (const { state, second } of events)
            await recordJobChange(catalog.database, change(jobId, state, second));
          const [row] = await catalog.database.query<{ state: string }>(
            'select state from catalog.jobs where job_id = :jobId',
            { jobId },
          );
          const last = Math.max(...events.map(({ second }) => second));
          expect(row!.state).toBe(states[last]);
          expect(await finalState(catalog.database, jobId)).toBe(
            isFinal(states[last]!) ? states[last] : undefined,
          );
        },
      ),
      { seed: 7, numRuns: 15 },
    );
  });

  it('never leaves a final state, even for a later one', async () => {
    expect(await recordJobChange(catalog.database, change('j', 'FAILED', 5))).toBe(true);
    expect(await recordJobChange(catalog.database, change('j', 'SUCCEEDED', 9))).toBe(false);
    expect(await recordJobChange(catalog.database, change('j', 'RUNNING', 9))).toBe(false);
    expect(await finalState(catalog.database, 'j')).toBe('FAILED');
    expect(await finalState(catalog.database, 'unheard')).toBeUndefined();
  });
});

describe('a run on its way', () => {
  it('is known by its modality until it ends', async () => {
    const runId = await claimedRun();
    expect(await hasOpenRun(catalog.database, 'ecg')).toBe(true);
    expect(await hasOpenRun(catalog.database, 'echo')).toBe(false);
    await releaseRun(catalog.database, runId);
    expect(await hasOpenRun(catalog.database, 'ecg')).toBe(false);
  });
});
