import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { train } from '../../cli/commands/train.ts';
import { trainingRun } from '../../shared/catalog/experiments.ts';
import { listModels } from '../../shared/catalog/models.ts';
import { phantomInstances, viewsOfInstances } from '../shared/learning/pictures/phantom-instances.ts';
import { smallViews } from '../shared/learning/pictures/small-pictures.ts';
import { spoken, TestCloud } from './embedded.ts';

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

it('a training whose table names a frame that is not there says so, by the line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'systole-training-'));
  const home = process.env.SYSTOLE_HOME;
  process.env.SYSTOLE_HOME = cloud.folder;
  try {
    await cloud.put('wrong.csv', 'image,frame,view,split\nstudy-0/a_0,9,a4c,train\nstudy-0/a_0,0,a4c,val\n');
    const data = viewsOfInstances.data
      .replaceAll('views.csv, framesEach: 3', "wrong.csv, frame: '{frame}'")
      .replaceAll(', patient: patient', '');
    const file = join(folder, 'wrong.yml');
    await writeFile(file, smallViews({ ...viewsOfInstances, data, name: 'wrong', batch: '1' }));
    let status: number | undefined;
    const { out } = await spoken(async () => {
      status = await train.run([file, '--wait'], new AbortController().signal);
    });
    expect(status).toBe(1);
    expect(out).toBe(
      'wrong: failed after 0 epochs. The label file cannot be read. ' +
        'Line 2 of the table: The instance has 4 frames and no frame 9.\n',
    );
  } finally {
    if (home === undefined) delete process.env.SYSTOLE_HOME;
    else process.env.SYSTOLE_HOME = home;
    await rm(folder, { recursive: true });
  }
});
