import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { indexObjects } from '../../../shared/catalog/objects.ts';
import {
  claimedRecordings,
  claimRecordings,
  edgePatience,
  expireHalves,
  halfAbsentHours,
  heldRecordings,
  maxRuns,
  readyBacklog,
  recordPrepared,
  recordScores,
  rejectRecordings,
  releaseRun,
} from '../../../shared/catalog/recordings.ts';
import { Catalog, finding, headerFinding, newId, scoresOf } from './catalog.ts';

let catalog: Catalog;

beforeAll(async () => {
  catalog = await Catalog.open();
});
afterAll(() => catalog.close());
beforeEach(() => catalog.empty());

const claim = (runId: string, more: Partial<Parameters<typeof claimRecordings>[1]> = {}) =>
  claimRecordings(catalog.database, {
    runId,
    modality: 'ecg',
    all: true,
    scorable: true,
    limit: 1000,
    ...more,
  });
const predictions = async () =>
  (await catalog.database.query<{ count: number }>('select count(*) from ecg.predictions'))[0]!.count;
const agedBy = (seconds: number, ids: readonly string[]) =>
  catalog.database.query(
    `update catalog.recordings set ready_at = now() - make_interval(secs => :seconds)
     where id::text in (select jsonb_array_elements_text(:ids::jsonb))`,
    { seconds, ids: [...ids] },
  );

describe('claimRecordings', () => {
  it('leaves single ECGs to the edge until they have waited too long', async () => {
    const ids = await catalog.readyEcgs(3);
    await agedBy(edgePatience - 30, ids.slice(0, 1));
    await agedBy(edgePatience + 30, ids.slice(1, 2));
    const run = newId();
    expect(await claim(run, { all: false })).toBe(1);
    expect(await catalog.states(ids)).toEqual(['ready', 'dispatched', 'ready']);
    const [row] = await catalog.database.query(
      'select state, modality, recordings from catalog.runs where id = :run::uuid',
      { run },
    );
    expect(row).toEqual({ state: 'claimed', modality: 'ecg', recordings: 1 });
  });

  it('takes all of a backlog, oldest first, up to its limit, and each once', async () => {
    const ids = await catalog.readyEcgs(5);
    for (const [index, id] of ids.entries()) await agedBy(100 - index, [id]);
    const runs = [newId(), newId(), newId()];
    const claimed = await Promise.all(runs.map((run) => claim(run, { limit: 2 })));
    expect(claimed.sort()).toEqual([1, 2, 2]);
    expect(await catalog.states(ids)).toEqual(Array(5).fill('dispatched'));
    expect(await claim(newId())).toBe(0);
    const [row] = await catalog.database.query<{ runs: number }>('select count(*) as runs from catalog.runs');
    expect(row!.runs).toBe(3);
  });

  it('takes no ECG without a model, and echo once until there is one', async () => {
    await catalog.readyEcgs(1);
    expect(await claim(newId(), { scorable: false })).toBe(0);
    const [echo] = await catalog.readyEchoes(1);
    const run = newId();
    expect(await claim(run, { modality: 'echo', scorable: false })).toBe(1);
    await recordPrepared(catalog.database, run, [{ id: echo!, hash: 'h', again: true }]);
    await releaseRun(catalog.database, run);
    expect(await catalog.states([echo!])).toEqual(['ready']);
    expect(await claim(newId(), { modality: 'echo', scorable: false })).toBe(0);
    expect(await claim(newId(), { modality: 'echo', scorable: true })).toBe(1);
  });

  it('hands out what it claimed with its source, in pages', async () => {
    const ids = await catalog.readyEcgs(3);
    const run = newId();
    await claim(run);
    const found = [];
    for await (const page of claimedRecordings(catalog.database, run)) found.push(...page);
    expect(found.map(({ id }) => id)).toEqual([...ids].sort());
    expect(found[0]).toMatchObject({
      modality: 'ecg',
      format: 'pe-xml',
      source: { bucket: 'uploads', signals: null },
    });
  });
});

describe('recordScores', () => {
  it('ends ready recordings for the edge, with one row a label, once', async () => {
    const [id] = await catalog.readyEcgs(1);
    expect(await recordScores(catalog.database, [scoresOf(id!), scoresOf(id!)])).toEqual([id]);
    expect(await recordScores(catalog.database, [scoresOf(id!)])).toEqual([]);
    expect(await recordScores(catalog.database, [])).toEqual([]);
    expect(await predictions()).toBe(2);
    const [row] = await catalog.database.query('select lane, finished_at from catalog.recordings');
    expect(row).toEqual({ lane: 'edge', finished_at: expect.any(Date) });
  });

  it('lets only the holder of a claim score: not the edge, not a run that gave it back', async () => {
    const [id] = await catalog.readyEcgs(1);
    const [old, fresh] = [newId(), newId()];
    await claim(old);
    expect(await recordScores(catalog.database, [scoresOf(id!)])).toEqual([]);
    await releaseRun(catalog.database, old);
    await claim(fresh);
    expect(await recordScores(catalog.database, [scoresOf(id!, old)])).toEqual([]);
    expect(await recordScores(catalog.database, [scoresOf(id!, fresh)])).toEqual([id]);
    expect(await predictions()).toBe(2);
  });

  it('scores what the edge and a run hold at the same moment once', async () => {
    const ids = await catalog.readyEcgs(8);
    const run = newId();
    const outcomes = await Promise.all([
      claim(run).then(() =>
        recordScores(
          catalog.database,
          ids.map((id) => scoresOf(id, run)),
        ),
      ),
      recordScores(
        catalog.database,
        ids.map((id) => scoresOf(id)),
      ),
    ]);
    expect(outcomes.flat().sort()).toEqual([...ids].sort());
    expect(await predictions()).toBe(16);
  });
});

describe('rejectRecordings', () => {
  it('ends with a reason, under the same guard', async () => {
    const [first, second] = await catalog.readyEcgs(2);
    const refused = { runId: null, reason: 'signal_value', detail: 'Lead 3.' } as const;
    expect(await rejectRecordings(catalog.database, [])).toEqual([]);
    expect(await rejectRecordings(catalog.database, [{ id: first!, ...refused }])).toEqual([first]);
    expect(await rejectRecordings(catalog.database, [{ id: first!, ...refused }])).toEqual([]);
    await recordScores(catalog.database, [scoresOf(second!)]);
    expect(await rejectRecordings(catalog.database, [{ id: second!, ...refused }])).toEqual([]);
    expect(await catalog.states([first!, second!])).toEqual(['signal_value', 'scored']);
  });
});

describe('releaseRun', () => {
  it(`gives back what was not ended, and fails it after ${maxRuns} runs`, async () => {
    const ids = await catalog.readyEcgs(2);
    for (let run = 1; run <= maxRuns; run += 1) {
      const id = newId();
      expect(await claim(id)).toBe(run === 1 ? 2 : 1);
      if (run === 1) await recordScores(catalog.database, [scoresOf(ids[0]!, id)]);
      expect(await releaseRun(catalog.database, id)).toBe(run < maxRuns ? 0 : 1);
      // A second event of the same end changes nothing.
      expect(await releaseRun(catalog.database, id)).toBe(0);
      expect(await catalog.states(ids)).toEqual(['scored', run < maxRuns ? 'ready' : 'attempts_exhausted']);
    }
    const runs = await catalog.database.query<{ state: string }>('select state from catalog.runs');
    expect(runs.map(({ state }) => state)).toEqual(Array(maxRuns).fill('finished'));
  });
});

describe('recordPrepared and heldRecordings', () => {
  it('mark what a run holds, and nothing of another', async () => {
    const ids = await catalog.readyEcgs(2);
    const run = newId();
    await claim(run);
    await recordPrepared(catalog.database, newId(), [{ id: ids[0]!, hash: 'h', again: false }]);
    expect(await heldRecordings(catalog.database, run)).toEqual(new Map(ids.map((id) => [id, null])));
    await recordPrepared(catalog.database, run, [{ id: ids[0]!, hash: 'h', again: false }]);
    expect((await heldRecordings(catalog.database, run)).get(ids[0]!)).toBe('h');
    await recordScores(catalog.database, [scoresOf(ids[0]!, run)]);
    expect([...(await heldRecordings(catalog.database, run)).keys()]).toEqual([ids[1]]);
  });
});

describe('readyBacklog', () => {
  it('counts up to its limit, one modality', async () => {
    await catalog.readyEcgs(4);
    await catalog.readyEchoes(2);
    expect(await readyBacklog(catalog.database, 'ecg', 10)).toBe(4);
    expect(await readyBacklog(catalog.database, 'ecg', 3)).toBe(3);
    expect(await readyBacklog(catalog.database, 'echo', 10)).toBe(2);
  });
});

describe('expireHalves', () => {
  it('reports halves that were alone for a day, and only those', async () => {
    await indexObjects(catalog.database, [
      headerFinding('old/1.hea', 'old/1.dat'),
      finding('old/2.dat'),
      headerFinding('new/3.hea', 'new/3.dat'),
      finding('new/4.dat'),
    ]);
    expect(await expireHalves(catalog.database)).toBe(0);
    for (const [table, column] of [
      ['objects', 'received_at'],
      ['recordings', 'created_at'],
    ]) {
      const object =
        table === 'objects' ? 'key' : '(select key from catalog.objects o where o.id = object_id)';
      await catalog.database.query(
        `update catalog.${table} set ${column} = now() - make_interval(hours => :hours::int, secs => 1)
         where starts_with(${object}, 'old/')`,
        { hours: halfAbsentHours },
      );
    }
    expect(await expireHalves(catalog.database)).toBe(2);
    expect(await expireHalves(catalog.database)).toBe(0);
    const objects = await catalog.database.query(
      'select key, state, reason from catalog.objects order by key',
    );
    expect(objects).toEqual([
      { key: 'new/3.hea', state: 'indexed', reason: null },
      { key: 'new/4.dat', state: 'waiting', reason: null },
      { key: 'old/1.hea', state: 'indexed', reason: null },
      { key: 'old/2.dat', state: 'rejected', reason: 'half_absent' },
    ]);
    const recordings = await catalog.database.query(
      'select state, reason from catalog.recordings order by created_at',
    );
    expect(recordings).toEqual([
      { state: 'rejected', reason: 'half_absent' },
      { state: 'waiting', reason: null },
    ]);
  });
});
