import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  finishTraining,
  markTrainingSubmitted,
  recordEpoch,
  requestedRuns,
  trainingRun,
} from '../../../shared/catalog/experiments.ts';
import { indexObjects } from '../../../shared/catalog/objects.ts';
import { Catalog, finding } from './catalog.ts';

let catalog: Catalog;
const key = 'experiments/a.yml';

beforeAll(async () => {
  catalog = await Catalog.open();
});
afterAll(() => catalog.close());
beforeEach(() => catalog.empty());

async function requested(): Promise<string> {
  await indexObjects(catalog.database, [
    finding(key, { kind: 'experiment', state: 'indexed', experiment: { name: 'a', epochs: 3 } }),
  ]);
  return (await requestedRuns(catalog.database))[0]!.id;
}
const now = () => trainingRun(catalog.database, key);

describe('a training run', () => {
  it('goes from its file through its epochs to its end, and stays there', async () => {
    expect(await now()).toBeUndefined();
    const id = await requested();
    expect(await requestedRuns(catalog.database)).toEqual([
      { id, name: 'a', experiment: { name: 'a', epochs: 3 } },
    ]);
    expect(await now()).toMatchObject({ id, name: 'a', state: 'requested', epoch: null, figures: '' });
    expect(await markTrainingSubmitted(catalog.database, id, 'j')).toBe(true);
    expect(await markTrainingSubmitted(catalog.database, id, 'k')).toBe(false);
    expect(await requestedRuns(catalog.database)).toEqual([]);

    await recordEpoch(catalog.database, id, 1, { auroc: 0.5, f1: 0.25 });
    await recordEpoch(catalog.database, id, 2, { auroc: 0.75 });
    // A resumed training says its last epoch again.
    await recordEpoch(catalog.database, id, 2, { auroc: 0.8125 });
    expect(await now()).toMatchObject({ state: 'running', epoch: 2, figures: 'auroc 0.8125' });

    await finishTraining(catalog.database, id, { state: 'finished' });
    await finishTraining(catalog.database, id, { state: 'failed', reason: 'attempts_exhausted' });
    await recordEpoch(catalog.database, id, 3, { auroc: 0.9 });
    expect(await now()).toMatchObject({ state: 'finished', epoch: 2, reason: null });
    const [row] = await catalog.database.query('select job_id from registry.runs');
    expect(row).toEqual({ job_id: 'j' });
  });

  it('fails with its reason', async () => {
    const id = await requested();
    await finishTraining(catalog.database, id, {
      state: 'failed',
      reason: 'labels_invalid',
      detail: 'Line 3.',
    });
    expect(await now()).toMatchObject({ state: 'failed', reason: 'labels_invalid', detail: 'Line 3.' });
  });

  it('is none where the file was refused, and what is wrong is told', async () => {
    const wrong = finding(key, {
      kind: 'experiment',
      state: 'rejected',
      reason: 'experiment_invalid',
      detail: 'batches: unknown.',
    });
    await indexObjects(catalog.database, [wrong]);
    expect(await now()).toEqual({ refusal: 'experiment_invalid: batches: unknown.' });
    expect(await requestedRuns(catalog.database)).toEqual([]);
  });
});
