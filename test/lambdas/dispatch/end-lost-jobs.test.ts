import type { BatchClient, DescribeJobsCommand } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { endLostJobs } from '../../../lambdas/dispatch/end-lost-jobs.ts';
import { endJob } from '../../../lambdas/end-job.ts';
import {
  finishEvaluation,
  listEvaluations,
  markEvaluationSubmitted,
  requestEvaluation,
} from '../../../shared/catalog/evaluations.ts';
import {
  finishTraining,
  markTrainingSubmitted,
  recordEpoch,
  requestedRuns,
  trainingRun,
} from '../../../shared/catalog/experiments.ts';
import { claimExports } from '../../../shared/catalog/exports.ts';
import { registerModel } from '../../../shared/catalog/models.ts';
import { indexObjects } from '../../../shared/catalog/objects.ts';
import { claimRecordings } from '../../../shared/catalog/recordings.ts';
import { markSubmitted } from '../../../shared/catalog/runs.ts';
import { Catalog, finding, newId } from '../../shared/catalog/catalog.ts';

let catalog: Catalog;
beforeAll(async () => {
  catalog = await Catalog.open();
});
afterAll(() => catalog.close());
beforeEach(async () => {
  known.clear();
  asked.length = 0;
  await catalog.empty();
  await registerModel(catalog.database, {
    name: 'm',
    version: '1',
    task: 'ecg',
    prefix: 'm/',
    card: {},
    promote: true,
  });
});

/** The jobs that Batch knows; what it does not know it says nothing of. */
const known = new Map<string, string>();
/** How many jobs each call asked for. */
const asked: number[] = [];
const batch = {
  send: async ({ input }: DescribeJobsCommand) => {
    asked.push(input.jobs!.length);
    return {
      jobs: input.jobs!.flatMap((jobId) => (known.has(jobId) ? [{ jobId, status: known.get(jobId)! }] : [])),
    };
  },
} as unknown as BatchClient;

/** Lets time pass for everything that waits, and sweeps. @returns how many jobs were lost */
async function sweepAfter(minutes: number): Promise<number> {
  for (const [table, column] of [
    ['catalog.runs', 'created_at'],
    ['registry.runs', 'changed_at'],
    ['registry.evaluations', 'changed_at'],
  ])
    await catalog.database.query(
      `update ${table} set ${column} = now() - make_interval(mins => :minutes::int)`,
      { minutes },
    );
  return endLostJobs({ database: catalog.database, batch });
}

const key = 'experiments/a.yml';
async function training(): Promise<string> {
  await indexObjects(catalog.database, [
    finding(key, { kind: 'experiment', state: 'indexed', experiment: { name: 'a' } }),
  ]);
  const [{ id } = { id: '' }] = await requestedRuns(catalog.database);
  await markTrainingSubmitted(catalog.database, id, 'train-1');
  return id;
}
const trainingState = async () => {
  const run = await trainingRun(catalog.database, key);
  return run?.refusal === undefined ? run : undefined;
};

async function evaluation(): Promise<string> {
  await requestEvaluation(catalog.database, 'ecg', 'ecg', 's/l.csv');
  const [{ id } = { id: '' }] = await listEvaluations(catalog.database);
  await markEvaluationSubmitted(catalog.database, id, 'evaluate-1');
  return id;
}
const evaluationState = async (id: string) => (await listEvaluations(catalog.database, id))[0];

describe('a job that Batch no longer knows', () => {
  it('of a training is made up for three times, and then the training has failed', async () => {
    const id = await training();
    expect(await sweepAfter(9)).toBe(0);
    for (const attempt of [1, 2]) {
      expect(await sweepAfter(11)).toBe(1);
      expect(await trainingState()).toMatchObject({ state: 'requested', reason: null });
      expect(await markTrainingSubmitted(catalog.database, id, `again-${attempt}`)).toBe(true);
      // It goes on from its checkpoint.
      await recordEpoch(catalog.database, id, attempt, { auroc: 0.5 });
      expect(await trainingState()).toMatchObject({ state: 'running', epoch: attempt });
    }
    expect(await sweepAfter(11)).toBe(1);
    expect(await trainingState()).toMatchObject({ state: 'failed', reason: 'attempts_exhausted' });
    expect(await sweepAfter(11)).toBe(0);
  });

  it('of an evaluation is made up for three times, and then the evaluation has failed', async () => {
    const id = await evaluation();
    for (const attempt of [1, 2]) {
      expect(await sweepAfter(11)).toBe(1);
      expect(await evaluationState(id)).toMatchObject({ state: 'requested', reason: null });
      await markEvaluationSubmitted(catalog.database, id, `again-${attempt}`);
    }
    expect(await sweepAfter(11)).toBe(1);
    expect(await evaluationState(id)).toMatchObject({ state: 'failed', reason: 'attempts_exhausted' });
  });

  it('of an evaluation that is asked for anew leaves the rest to the newer request', async () => {
    const id = await evaluation();
    await requestEvaluation(catalog.database, 'ecg', 'ecg', 's/l.csv');
    expect(await sweepAfter(11)).toBe(1);
    expect(await evaluationState(id)).toMatchObject({ state: 'failed', reason: 'attempts_exhausted' });
    expect((await listEvaluations(catalog.database)).map(({ state }) => state).sort()).toEqual([
      'failed',
      'requested',
    ]);
  });

  it('of an import lets its files be claimed again', async () => {
    await indexObjects(catalog.database, [finding('e/a.csv', { kind: 'xcelera', state: 'indexed' })]);
    const runId = newId();
    await claimExports(catalog.database, runId);
    await markSubmitted(catalog.database, runId, { preprocess: 'import-1', infer: null });
    expect(await claimExports(catalog.database, newId())).toEqual([]);
    expect(await sweepAfter(11)).toBe(1);
    expect(await claimExports(catalog.database, newId())).toHaveLength(1);
  });
});

describe('a job whose end was not heard of', () => {
  it('and that failed has failed what waits for it, as its event would have', async () => {
    await training();
    const id = await evaluation();
    known.set('train-1', 'FAILED').set('evaluate-1', 'FAILED');
    expect(await sweepAfter(11)).toBe(2);
    expect(await trainingState()).toMatchObject({ state: 'failed', reason: 'attempts_exhausted' });
    expect(await evaluationState(id)).toMatchObject({ state: 'failed', reason: 'attempts_exhausted' });
  });

  it.each(['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'])(
    'and that is %s is left alone',
    async (state) => {
      await training();
      const id = await evaluation();
      known.set('train-1', state).set('evaluate-1', state);
      expect(await sweepAfter(11)).toBe(0);
      expect(await trainingState()).toMatchObject({ state: 'submitted' });
      expect(await evaluationState(id)).toMatchObject({ state: 'submitted' });
    },
  );

  it('is asked for whatever number of others waits before it, a hundred a call', async () => {
    for (let i = 0; i < 120; i++) {
      await catalog.readyEcgs(1, `${newId()}/`);
      const runId = newId();
      const claim = { runId, modality: 'ecg', all: true, scorable: true, limit: 1 } as const;
      await claimRecordings(catalog.database, claim);
      const job = `infer-${String(i).padStart(3, '0')}`;
      await markSubmitted(catalog.database, runId, { preprocess: `p-${i}`, infer: job });
      if (i < 119) known.set(job, 'RUNNING');
    }
    await evaluation();
    expect(await sweepAfter(11)).toBe(2);
    expect(asked).toEqual([100, 21]);
    const [{ ready } = { ready: 0 }] = await catalog.database.query<{ ready: number }>(
      `select count(*)::int as ready from catalog.recordings where state = 'ready'`,
    );
    expect(ready).toBe(1);
  });
});

describe('the end of a job that comes late', () => {
  it('changes nothing for work that has ended or waits for another job', async () => {
    const run = await training();
    const id = await evaluation();
    await sweepAfter(11);
    await markTrainingSubmitted(catalog.database, run, 'train-2');
    await markEvaluationSubmitted(catalog.database, id, 'evaluate-2');
    const end = (job: string, state: string) =>
      endJob(
        catalog.database,
        job.startsWith('train') ? { kind: 'training', id: run, job } : { kind: 'evaluation', id, job },
        state,
      );
    await end('train-1', 'FAILED');
    await end('evaluate-1', 'FAILED');
    expect(await trainingState()).toMatchObject({ state: 'submitted' });
    expect(await evaluationState(id)).toMatchObject({ state: 'submitted' });
    await finishTraining(catalog.database, run, { state: 'finished' });
    await finishEvaluation(catalog.database, id, { state: 'finished', recordings: 1, reportKey: 'r' });
    await end('train-2', 'SUCCEEDED');
    await end('evaluate-2', 'SUCCEEDED');
    expect(await trainingState()).toMatchObject({ state: 'finished' });
    expect(await evaluationState(id)).toMatchObject({ state: 'finished' });
  });

  it('ends a training that runs though its dispatch was interrupted before it noted the job', async () => {
    const id = await training();
    await catalog.database.query(`update registry.runs set state = 'running', job_id = null`);
    await endJob(catalog.database, { kind: 'training', id, job: 'unnoted' }, 'FAILED');
    expect(await trainingState()).toMatchObject({ state: 'failed', reason: 'attempts_exhausted' });
  });
});
