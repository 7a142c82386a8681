import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordEchoScores, type ScoredEcho, staleStudies } from '../../../shared/catalog/echo-results.ts';
import { listEvaluations } from '../../../shared/catalog/evaluations.ts';
import { claimExports } from '../../../shared/catalog/exports.ts';
import { type ModelTask, promoteModel, registerModel } from '../../../shared/catalog/models.ts';
import { indexObjects } from '../../../shared/catalog/objects.ts';
import { outcomeOf } from '../../../shared/catalog/overview.ts';
import {
  claimedRecordings,
  claimRecordings,
  maxRuns,
  rejectRecordings,
  releaseRun,
} from '../../../shared/catalog/recordings.ts';
import { reopenForModel, reopenUnmeasured } from '../../../shared/catalog/reopen.ts';
import { recordJobChange } from '../../../shared/catalog/runs.ts';
import { secondsToScore } from '../../../shared/catalog/seconds-to-score.ts';
import { timelineOf } from '../../../shared/catalog/timeline.ts';
import { updateStudies } from '../../../shared/scoring/update-studies.ts';
import { Catalog, finding, newId } from './catalog.ts';

let catalog: Catalog;

beforeAll(async () => {
  catalog = await Catalog.open();
});
afterAll(() => catalog.close());
beforeEach(async () => {
  await catalog.empty();
  await catalog.database.query('truncate measurement.studies');
});

const model = { modelName: 'views', modelVersion: '1', preprocessingHash: 'p' };

/** An instance of a view; with an ejection fraction where `measured`, otherwise it had no model. */
const echo = (
  id: string,
  runId: string,
  view: 'a4c' | 'a2c',
  measured: { readonly version: string; readonly ef: number } | null,
): ScoredEcho => ({
  id,
  runId,
  codeVersion: 'c',
  inputVersion: 'i',
  classification: {
    ...model,
    view,
    probabilities: { [view]: 1 },
    mappingDev: view,
    mappingSeg: view,
    frames: [],
  },
  segmentation: null,
  measurement: {
    modelName: measured === null ? null : 'chambers',
    modelVersion: measured?.version ?? null,
    preprocessingHash: 'p',
    studyInstanceUid: '1.2.3',
    view,
    frameTimeMs: 40,
    heartRate: null,
    spacingX: null,
    spacingY: null,
    defaults: [],
    endDiastole: null,
    endSystole: null,
    edv: null,
    esv: null,
    ef: measured?.ef ?? null,
    efSpread: null,
    laVolume: null,
    recommendation: null,
    reasons: measured === null ? ['no_model'] : [],
    marks: [],
    result: null,
    calculations:
      measured === null
        ? []
        : [{ method: 'disks', beat: null, quantity: 'EF', value: measured.ef, unit: '%' }],
  },
});

async function claim(count: number): Promise<string> {
  const runId = newId();
  const asked = { runId, modality: 'echo', all: true, scorable: true, limit: 100 } as const;
  expect(await claimRecordings(catalog.database, asked)).toBe(count);
  return runId;
}

/** Instances of one view each that were scored while no segmentation model was there. */
async function unmeasured(...views: readonly ('a4c' | 'a2c')[]): Promise<string[]> {
  const ids = await catalog.readyEchoes(views.length);
  const runId = await claim(views.length);
  const rows = views.map((view, i) => echo(ids[i]!, runId, view, null));
  expect(await recordEchoScores(catalog.database, rows)).toHaveLength(views.length);
  await updateStudies(catalog.database, ids, 'c');
  return ids;
}

async function promote(task: ModelTask, version = '1'): Promise<void> {
  const name = `m-${task}`;
  const card = { preprocessing: {}, members: ['w'] };
  await registerModel(catalog.database, { name, version, task, prefix: 'p', card, promote: false });
  expect(await promoteModel(catalog.database, name, version)).toBe(true);
}

const reopen = () => reopenUnmeasured(catalog.database, 100);
const steps = async (id: string) => (await timelineOf(catalog.database, id))?.events.map(({ what }) => what);

describe('instances without chambers for want of a model', () => {
  it('are ready again once a model of their view is in force, and no others are', async () => {
    const [four, two] = await unmeasured('a4c', 'a2c');
    expect(await reopen()).toBe(0);
    await promote('views');
    expect(await reopen()).toBe(0);
    await promote('segmentation-a4c');
    expect(await reopen()).toBe(1);
    expect(await catalog.states([four!, two!])).toEqual(['ready', 'scored']);
    // Who comes second finds nothing.
    expect(await reopen()).toBe(0);
  });

  it('are evaluated again with what their export knows, where a promotion found nothing to judge', async () => {
    await unmeasured('a4c');
    await indexObjects(catalog.database, [finding('export/a.csv', { kind: 'xcelera', state: 'indexed' })]);
    await claimExports(catalog.database, newId());
    await catalog.database.query(`update raw.exports set state = 'current'`);
    await promote('views');
    await promote('segmentation-a4c');
    await catalog.database.query('delete from registry.evaluations');
    await reopen();
    const asked = await listEvaluations(catalog.database);
    expect(asked.map(({ state, dataSet, modelName }) => [state, dataSet, modelName])).toEqual([
      ['requested', 'export/', 'm-segmentation-a4c'],
    ]);
    // Nothing is asked for where nothing is ready again.
    await catalog.database.query('delete from registry.evaluations');
    expect(await reopen()).toBe(0);
    expect(await listEvaluations(catalog.database)).toEqual([]);
  });

  it('come in portions', async () => {
    const ids = await unmeasured('a4c', 'a4c', 'a4c');
    await promote('segmentation-a4c');
    expect(await reopenUnmeasured(catalog.database, 2)).toBe(2);
    expect(await reopenUnmeasured(catalog.database, 2)).toBe(1);
    expect(new Set(await catalog.states(ids))).toEqual(new Set(['ready']));
  });

  it('get their figures, their study follows, and the timeline tells of both rounds', async () => {
    const [id] = await unmeasured('a4c');
    const first = await timelineOf(catalog.database, id!);
    const changedAt = new Date(Date.now() + 60_000).toISOString();
    const job = { jobId: newId(), program: 'infer', state: 'SUCCEEDED', reason: null, changedAt };
    await recordJobChange(catalog.database, { ...job, runId: first!.run! });
    await catalog.database.query(`update catalog.objects set received_at = now() - interval '90 seconds'`);
    await promote('segmentation-a4c');
    await reopen();
    const runId = await claim(1);
    for await (const [claimed] of claimedRecordings(catalog.database, runId))
      expect(claimed).toMatchObject({ id, scoredBefore: true });
    const again = echo(id!, runId, 'a4c', { version: '1', ef: 55 });
    expect(await recordEchoScores(catalog.database, [again])).toEqual([id]);
    expect(await recordEchoScores(catalog.database, [again])).toEqual([]);

    const outcome = await outcomeOf(catalog.database, id!);
    expect(outcome).toMatchObject({ state: 'scored', echo: { view: 'a4c', ef: 55, reasons: [] } });
    expect(outcome!.echo!.calculations).toHaveLength(1);
    expect(await staleStudies(catalog.database, [id!])).toEqual(['1.2.3']);
    expect(await updateStudies(catalog.database, [id!], 'c')).toBe(1);
    expect(await staleStudies(catalog.database, [id!])).toEqual([]);
    const told = await steps(id!);
    expect(told!.filter((what) => what !== 'infer job succeeded')).toEqual([
      'uploaded',
      'ready',
      'dispatched',
      'scored',
      'ready again',
      'dispatched',
      'scored',
    ]);
    expect(told).toContain('infer job succeeded');
    // Not the days since the upload.
    expect((await secondsToScore(catalog.database, [id!]))[0]).toBeLessThan(80);
    expect(await reopen()).toBe(0);
  });

  it('keep what they have when they cannot be scored again, until the next promotion', async () => {
    const [id] = await unmeasured('a4c');
    await promote('segmentation-a4c');
    await reopen();
    for (let run = 1; run <= maxRuns; run++) {
      const failed = await releaseRun(catalog.database, await claim(1));
      expect(failed).toBe(run === maxRuns ? 1 : 0);
    }
    expect(await catalog.states([id!])).toEqual(['scored']);
    expect((await outcomeOf(catalog.database, id!))!.echo).toMatchObject({ view: 'a4c', ef: null });
    expect(await steps(id!)).toEqual([
      'uploaded',
      'ready',
      'dispatched',
      'scored',
      'ready again',
      'dispatched',
      'failed: attempts_exhausted',
    ]);
    expect(await reopen()).toBe(0);
    await promote('segmentation-a4c', '2');
    expect(await reopen()).toBe(1);
    // With all its attempts.
    expect(await releaseRun(catalog.database, await claim(1))).toBe(0);
    expect(await catalog.states([id!])).toEqual(['ready']);
  });

  it('keep what they have when their file is gone', async () => {
    const [id] = await unmeasured('a4c');
    await promote('segmentation-a4c');
    await reopen();
    const refusal = { id: id!, runId: await claim(1), reason: 'object_absent' } as const;
    expect(await rejectRecordings(catalog.database, [refusal])).toEqual([]);
    expect(await catalog.states([id!])).toEqual(['scored']);
    expect((await steps(id!))!.at(-1)).toBe('rejected: object_absent');
    expect(await reopen()).toBe(0);
  });
});

describe('instances that another model has scored', () => {
  const views = { task: 'views', name: 'm-views', version: '2' } as const;
  const chambers = { task: 'segmentation-a4c', name: 'chambers', version: '2' } as const;
  const forModel = (model: typeof views | typeof chambers) => reopenForModel(catalog.database, model, 100);

  async function register({ task, name, version }: typeof views | typeof chambers): Promise<void> {
    const card = { preprocessing: {}, members: ['w'] };
    await registerModel(catalog.database, { name, version, task, prefix: 'p', card, promote: false });
    await promoteModel(catalog.database, name, version);
  }

  it('are ready again for a model of their chambers: of its view, not by it, once', async () => {
    const ids = await catalog.readyEchoes(3);
    const runId = await claim(3);
    const [old, own, other] = ids as [string, string, string];
    await recordEchoScores(catalog.database, [
      echo(old, runId, 'a4c', { version: '1', ef: 50 }),
      echo(own, runId, 'a4c', { version: '2', ef: 51 }),
      echo(other, runId, 'a2c', { version: '1', ef: 52 }),
    ]);
    await register(chambers);
    expect(await reopen()).toBe(0);
    expect(await forModel(chambers)).toBe(1);
    expect(await catalog.states(ids)).toEqual(['ready', 'scored', 'scored']);

    const again = echo(old, await claim(1), 'a4c', { version: '2', ef: 60 });
    await recordEchoScores(catalog.database, [again]);
    expect((await outcomeOf(catalog.database, old))!.echo).toMatchObject({
      ef: 60,
      calculations: [{ quantity: 'EF', value: 60 }],
    });
    // What the model before it said stays beside it.
    const rows = await catalog.database.query<{ value: number }>(
      'select value from measurement.calculations where recording_id = :old::uuid order by model_version',
      { old },
    );
    expect(rows.map(({ value }) => value)).toEqual([50, 60]);
    expect(await forModel(chambers)).toBe(0);
  });

  it('are ready again for a model of views, whichever view they show', async () => {
    const ids = await catalog.readyEchoes(2);
    const runId = await claim(2);
    await recordEchoScores(catalog.database, [
      echo(ids[0]!, runId, 'a4c', { version: '1', ef: 50 }),
      echo(ids[1]!, runId, 'a2c', null),
    ]);
    await register(views);
    expect(await forModel(views)).toBe(2);
    const next = await claim(2);
    const scored = echo(ids[0]!, next, 'a2c', null);
    const classification = {
      ...scored.classification,
      modelName: views.name,
      modelVersion: views.version,
    };
    await recordEchoScores(catalog.database, [{ ...scored, classification }]);
    expect(await outcomeOf(catalog.database, ids[0]!)).toMatchObject({
      model: 'm-views 2',
      echo: { view: 'a2c', ef: null, reasons: ['no_model'], calculations: [] },
    });
    expect(await forModel(views)).toBe(0);
  });

  it('have the figures of their last round alone where the same model measured them anew', async () => {
    const [id] = await catalog.readyEchoes(1);
    const measured = (runId: string, beats: number) => {
      const one = echo(id!, runId, 'a4c', { version: '1', ef: 50 + beats });
      const own = Array.from({ length: beats }, (_, beat) => ({
        ...one.measurement.calculations[0]!,
        beat,
      }));
      const calculations = [...one.measurement.calculations, ...own];
      return { ...one, measurement: { ...one.measurement, calculations } };
    };
    await recordEchoScores(catalog.database, [measured(await claim(1), 3)]);
    await register(views);
    await forModel(views);
    await recordEchoScores(catalog.database, [measured(await claim(1), 1)]);
    const rows = await catalog.database.query<{ beat: number | null; value: number }>(
      'select beat, value from measurement.calculations order by beat nulls first',
    );
    expect(rows).toEqual([
      { beat: null, value: 51 },
      { beat: 0, value: 51 },
    ]);
  });
});
