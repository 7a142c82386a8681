import { afterAll, beforeAll, expect, it } from 'vitest';
import { trainingRun } from '../../shared/catalog/experiments.ts';
import { listModels } from '../../shared/catalog/models.ts';
import { phantomInstances, viewsOfInstances } from '../shared/learning/pictures/phantom-instances.ts';
import { smallViews } from '../shared/learning/pictures/small-pictures.ts';
import { TestCloud } from './embedded.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await TestCloud.open();
});
afterAll(() => cloud.close());

it('a view model is trained on instances that lie in the bucket, by a table of their views', async () => {
  for (const [name, bytes] of phantomInstances(6).files) await cloud.put(name, bytes);
  await cloud.put(
    'experiments/views.yml',
    smallViews({ ...viewsOfInstances, augmentation: '', averaging: '', epochs: '2' }),
  );
  const run = await cloud.eventually(async () => {
    const now = await trainingRun(cloud.target.database, 'experiments/views.yml');
    if (now?.refusal !== undefined) throw new Error(now.refusal);
    return now?.state === 'finished' || now?.state === 'failed' ? now : undefined;
  }, 400);
  expect(run).toMatchObject({ state: 'finished', epoch: 2 });
  const models = await listModels(cloud.target.database);
  expect(models.find(({ name }) => name === 'small')).toMatchObject({ task: 'views', promotedAt: null });
  const [card] = await cloud.query<{ data: object }>(
    `select card -> 'data' as data from registry.models where name = 'small'`,
  );
  expect(card!.data).toMatchObject({ training: 12, validation: 6 });
  const [table] = await cloud.query<object>(
    `select kind, state from catalog.objects where key = 'views.csv'`,
  );
  expect(table).toEqual({ kind: 'picture-table', state: 'indexed' });
});
