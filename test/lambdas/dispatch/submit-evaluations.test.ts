import type { BatchClient } from '@aws-sdk/client-batch';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { submitEvaluations } from '../../../lambdas/dispatch/submit-evaluations.ts';
import {
  finishEvaluation,
  listEvaluations,
  requestEvaluation,
  requestEvaluationsOf,
} from '../../../shared/catalog/evaluations.ts';
import { storeLabels } from '../../../shared/catalog/labels.ts';
import { promoteModel, registerModel } from '../../../shared/catalog/models.ts';
import { indexObjects } from '../../../shared/catalog/objects.ts';
import { recordScores } from '../../../shared/catalog/recordings.ts';
import { Catalog, finding, scoresOf } from '../../shared/catalog/catalog.ts';
import { MemoryObjects } from '../../shared/storage/memory-objects.ts';

let catalog: Catalog;
beforeAll(async () => {
  for (const name of ['BUCKET_WORK', 'QUEUE_WAKE', 'JOB_QUEUE_CPU', 'JOB_DEFINITION_EVALUATE'])
    vi.stubEnv(`SYSTOLE_${name}`, name.toLowerCase());
  catalog = await Catalog.open();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await catalog.close();
});
beforeEach(async () => {
  await catalog.empty();
  await register('m', true);
});

const register = (name: string, promote: boolean) =>
  registerModel(catalog.database, {
    name,
    version: '1',
    task: 'ecg',
    prefix: `${name}/`,
    card: { classes: ['NORM', 'MI'] },
    promote,
  });

async function putLabels(key: string, ...present: string[]): Promise<void> {
  const table = finding(key, { kind: 'labels', state: 'indexed' });
  await indexObjects(catalog.database, [table]);
  await storeLabels(catalog.database, table, [
    { record: '00000', present, absent: [] },
    { record: '00001', present: ['NORM'], absent: [] },
  ]);
  await requestEvaluation(catalog.database, 'ecg', 'ecg', key);
}

/** A dispatch. @returns the jobs that it submitted and the seconds after which it wants to be called again */
async function dispatch(): Promise<{ jobs: number; wakes: (number | undefined)[] }> {
  const wakes: (number | undefined)[] = [];
  const batch = { send: async () => ({ jobId: 'job' }) } as unknown as BatchClient;
  const queue = {
    send: async ({ input }: { input: { DelaySeconds?: number } }) => wakes.push(input.DelaySeconds),
  } as unknown as SQSClient;
  const services = { database: catalog.database, objects: new MemoryObjects(), batch };
  return { jobs: await submitEvaluations(services as never, queue), wakes };
}

const states = async () =>
  (await listEvaluations(catalog.database)).map(
    ({ dataSet, modelName, state }) => `${dataSet} ${modelName} ${state}`,
  );
const score = async (ids: readonly string[], model = 'm') =>
  expect(
    await recordScores(
      catalog.database,
      ids.map((id) => scoresOf(id, null, model)),
    ),
  ).toHaveLength(ids.length);

describe('submitEvaluations', () => {
  it('waits for the recordings that are on their way, then submits once', async () => {
    const ids = await catalog.readyEcgs(2, 's/');
    await putLabels('s/l.csv', 'MI');
    expect((await requestEvaluationsOf(catalog.database, ids, 9)).asked).toBe(true);
    expect(await dispatch()).toEqual({ jobs: 0, wakes: [60] });
    await score(ids.slice(0, 1));
    expect(await dispatch()).toEqual({ jobs: 0, wakes: [60] });
    await score(ids.slice(1));
    expect(await dispatch()).toEqual({ jobs: 1, wakes: [] });
    expect(await dispatch()).toEqual({ jobs: 0, wakes: [] });
    expect(await states()).toEqual(['s/l.csv m submitted']);
  });

  it('takes back what has no recordings, and is asked again when they come', async () => {
    await putLabels('s/l.csv', 'MI');
    expect(await dispatch()).toEqual({ jobs: 0, wakes: [] });
    expect(await states()).toEqual([]);
    const ids = await catalog.readyEcgs(2, 's/');
    expect((await requestEvaluationsOf(catalog.database, ids, 9)).asked).toBe(true);
    expect((await requestEvaluationsOf(catalog.database, ids, 9)).asked).toBe(true);
    expect(await states()).toEqual(['s/l.csv m requested']);
    const elsewhere = await catalog.readyEcgs(1, 'elsewhere/');
    expect(await requestEvaluationsOf(catalog.database, elsewhere, 9)).toEqual({ asked: false, ready: 3 });
    expect(await requestEvaluationsOf(catalog.database, elsewhere, 2)).toEqual({ asked: false, ready: 2 });
  });

  it('lets a data set rest that was evaluated a short while ago', async () => {
    const ids = await catalog.readyEcgs(2, 's/');
    await putLabels('s/l.csv', 'MI');
    await score(ids);
    expect(await dispatch()).toMatchObject({ jobs: 1 });
    await requestEvaluation(catalog.database, 'ecg', 'ecg', 's/l.csv');
    expect(await dispatch()).toEqual({ jobs: 0, wakes: [60] });
    await catalog.database.query(
      `update registry.evaluations set changed_at = now() - interval '2 hours' where state = 'submitted'`,
    );
    expect(await dispatch()).toMatchObject({ jobs: 1 });
  });

  it('calls itself less and less often, and in the end not at all', async () => {
    await catalog.readyEcgs(1, 's/');
    await putLabels('s/l.csv', 'MI');
    const waits: (number | undefined)[] = [];
    for (const age of [100, 600, 5000, 8000]) {
      await catalog.database.query(
        'update registry.evaluations set created_at = now() - make_interval(secs => :age)',
        { age },
      );
      waits.push((await dispatch()).wakes[0]);
    }
    expect(waits).toEqual([100, 600, 900, undefined]);
  });

  it('answers at once where the labels name no class of the model', async () => {
    const ids = await catalog.readyEcgs(2, 's/');
    await putLabels('s/l.csv', 'MI');
    await catalog.database.query(`update ecg.labels set present = '["AF"]'`);
    await score(ids);
    expect(await dispatch()).toMatchObject({ jobs: 0 });
    expect(await listEvaluations(catalog.database)).toMatchObject([
      { state: 'failed', reason: 'labels_invalid', detail: "The labels name none of the model's classes." },
    ]);
  });
});

describe('a model that comes into force', () => {
  it('is to be evaluated on every label table; one that does not is not', async () => {
    await putLabels('s/l.csv', 'MI');
    await putLabels('t/l.csv', 'MI');
    await register('n', true);
    expect((await states()).sort()).toEqual(['s/l.csv m requested', 't/l.csv m requested']);
    await promoteModel(catalog.database, 'n', '1');
    expect((await states()).filter((one) => one.includes(' n ')).sort()).toEqual([
      's/l.csv n requested',
      't/l.csv n requested',
    ]);
  });
});

it('an evaluation that has ended keeps its end', async () => {
  await putLabels('s/l.csv', 'MI');
  const { id } = (await listEvaluations(catalog.database))[0]!;
  await finishEvaluation(catalog.database, id, {
    state: 'finished',
    recordings: 3,
    reportKey: 'evaluations/x.html',
  });
  await finishEvaluation(catalog.database, id, { state: 'failed', reason: 'attempts_exhausted' });
  expect(await listEvaluations(catalog.database, id)).toMatchObject([
    { state: 'finished', reason: null, recordings: 3, reportKey: 'evaluations/x.html' },
  ]);
});
