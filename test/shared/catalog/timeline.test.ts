import { afterAll, beforeAll, expect, it } from 'vitest';
import { claimRecordings, recordScores } from '../../../shared/catalog/recordings.ts';
import { recordJobChange } from '../../../shared/catalog/runs.ts';
import { timelineOf } from '../../../shared/catalog/timeline.ts';
import { Catalog, newId, scoresOf } from './catalog.ts';

let catalog: Catalog;

beforeAll(async () => {
  catalog = await Catalog.open();
});
afterAll(() => catalog.close());

const steps = async (id: string) => (await timelineOf(catalog.database, id))?.events.map(({ what }) => what);

it('follows a recording of the edge from its upload to its scores', async () => {
  const [id] = await catalog.readyEcgs(1, 'edge/');
  expect(await steps(id!)).toEqual(['uploaded', 'ready']);
  await recordScores(catalog.database, [scoresOf(id!)]);
  expect(await timelineOf(catalog.database, id!)).toMatchObject({ lane: 'edge', run: null });
  expect(await steps(id!)).toEqual(['uploaded', 'ready', 'scored']);
});

it('names the run and its jobs in the Batch lane', async () => {
  const [id] = await catalog.readyEcgs(1, 'batch/');
  const runId = newId();
  await claimRecordings(catalog.database, {
    runId,
    modality: 'ecg',
    all: true,
    scorable: true,
    limit: 10,
  });
  const changedAt = new Date(Date.now() + 1000).toISOString();
  const job = { jobId: newId(), runId, program: 'infer', state: 'RUNNING', reason: null, changedAt };
  await recordJobChange(catalog.database, job);
  expect(await timelineOf(catalog.database, id!)).toMatchObject({ lane: 'batch', run: runId });
  expect(await steps(id!)).toEqual(['uploaded', 'ready', 'dispatched', 'infer job running']);
});

it('knows nothing of a recording that is not there', async () => {
  expect(await timelineOf(catalog.database, newId())).toBeUndefined();
});
