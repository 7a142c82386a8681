import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { indexObjects } from '../../../shared/catalog/objects.ts';
import { type Outcome, outcomeOf, outcomes, overview } from '../../../shared/catalog/overview.ts';
import { claimRecordings, recordPrepared, recordScores } from '../../../shared/catalog/recordings.ts';
import { Catalog, finding, headerFinding, newId, scoresOf } from './catalog.ts';

let catalog: Catalog;

beforeAll(async () => {
  catalog = await Catalog.open();
});
afterAll(() => catalog.close());
beforeEach(() => catalog.empty());

async function all(prefix = ''): Promise<Outcome[]> {
  const found: Outcome[] = [];
  for await (const outcome of outcomes(catalog.database, prefix)) found.push(outcome);
  return found;
}

describe('overview', () => {
  it('counts recordings and other files by state, below a prefix', async () => {
    const ids = await catalog.readyEcgs(3, 'a/');
    await recordScores(catalog.database, [scoresOf(ids[0]!)]);
    const [echo] = await catalog.readyEchoes(1, 'a/');
    const run = newId();
    await claimRecordings(catalog.database, {
      runId: run,
      modality: 'echo',
      all: true,
      scorable: false,
      limit: 9,
    });
    await recordPrepared(catalog.database, run, [{ id: echo!, hash: 'h', again: true }]);
    const twice = finding('a/2.dat');
    await indexObjects(catalog.database, [
      headerFinding('a/1.hea', 'a/1.dat'),
      twice,
      finding('a/3', { state: 'rejected', reason: 'empty' }),
      finding('b/4.dat'),
    ]);
    await indexObjects(catalog.database, [finding('a/2.dat', { etag: twice.etag })]);
    expect(await overview(catalog.database, 'a/')).toEqual({
      seen: 8,
      prepared: 1,
      recordings: { received: 0, waiting: 1, ready: 3, dispatched: 0, scored: 1, rejected: 0, failed: 0 },
      files: { waiting: 1, duplicate: 1, rejected: 1 },
    });
    expect((await overview(catalog.database)).seen).toBe(9);
    expect((await overview(catalog.database, 'none/')).seen).toBe(0);
  });
});

describe('outcomes', () => {
  it('tells each recording and each file that is none, by key, across pages', async () => {
    const ids = await catalog.readyEcgs(650, 'many/');
    await recordScores(catalog.database, [scoresOf(ids[17]!)]);
    await indexObjects(catalog.database, [
      finding('many/empty', { state: 'rejected', reason: 'empty' }),
      finding('other/1.dat'),
    ]);
    const found = await all('many/');
    expect(found).toHaveLength(651);
    expect(new Set(found.map(({ id, key }) => id ?? key)).size).toBe(651);
    expect(found.find(({ id }) => id === ids[17])).toEqual({
      id: ids[17],
      key: 'many/00017.xml',
      echo: null,
      versionId: expect.any(String),
      modality: 'ecg',
      state: 'scored',
      reason: null,
      detail: null,
      model: 'm 1',
      scores: { NORM: 0.25, MI: 0.75 },
      positive: ['MI'],
    });
    expect(found.find(({ key }) => key === 'many/empty')).toMatchObject({ id: null, reason: 'empty' });
    expect((await all('other/')).map(({ state }) => state)).toEqual(['waiting']);
  });

  it('finds one by its id', async () => {
    const [id] = await catalog.readyEcgs(1);
    expect(await outcomeOf(catalog.database, id!)).toMatchObject({ id, state: 'ready', scores: {} });
    expect(await outcomeOf(catalog.database, newId())).toBeUndefined();
  });
});
