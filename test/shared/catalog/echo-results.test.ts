import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type EchoMeasurement,
  recordEchoScores,
  recordStudy,
  type ScoredEcho,
  type StudyCines,
  staleStudies,
  studyCines,
} from '../../../shared/catalog/echo-results.ts';
import { claimRecordings } from '../../../shared/catalog/recordings.ts';
import { frameFigures } from '../../../shared/echo/measurement/frame-figures.ts';
import { measureFrames } from '../../../shared/echo/measurement/measure-cine.ts';
import { measureStudy } from '../../../shared/echo/measurement/measure-study.ts';
import { updateStudies } from '../../../shared/scoring/update-studies.ts';
import { Catalog, newId } from './catalog.ts';

let catalog: Catalog;

beforeAll(async () => {
  catalog = await Catalog.open();
});
afterAll(() => catalog.close());
beforeEach(async () => {
  await catalog.empty();
  await catalog.database.query('truncate measurement.studies');
});

async function claimed(count: number): Promise<{ runId: string; ids: string[] }> {
  const ids = await catalog.readyEchoes(count);
  const runId = newId();
  const claim = { runId, modality: 'echo', all: true, scorable: true, limit: count } as const;
  expect(await claimRecordings(catalog.database, claim)).toBe(count);
  return { runId, ids };
}

const model = { modelName: 'm', modelVersion: '1', preprocessingHash: 'p' };
const geometry = {
  rows: 10,
  columns: 10,
  spacing: { x: 0.1, y: 0.1 },
  spacingAbsent: null,
  aspect: 1,
  aspectFrom: 'region',
  frameTimeMs: 40,
  frameTimeFrom: 'frame-time',
  heartRate: null,
} as const;

const unmeasured: EchoMeasurement = {
  ...model,
  studyInstanceUid: '1.2.3',
  view: null,
  frameTimeMs: 40,
  heartRate: null,
  spacingX: null,
  spacingY: null,
  defaults: [],
  endDiastole: null,
  endSystole: null,
  edv: null,
  esv: null,
  ef: null,
  efSpread: null,
  laVolume: null,
  recommendation: null,
  reasons: ['wrong_view'],
  marks: ['frames_fewer'],
  result: null,
  calculations: [],
};

const scored = (id: string, runId: string, changes: Partial<EchoMeasurement> = {}): ScoredEcho => ({
  id,
  runId,
  codeVersion: '1.0.0',
  inputVersion: 'v',
  classification: {
    ...model,
    view: 'psax_mv',
    probabilities: { psax_mv: 0.9, a4c: 0.1 },
    mappingDev: 'other',
    mappingSeg: 'other',
    frames: [
      { frame: 2, probabilities: { psax_mv: 0.9, a4c: 0.1 } },
      { frame: 7, probabilities: { psax_mv: 0.9, a4c: 0.1 } },
    ],
  },
  segmentation: null,
  measurement: { ...unmeasured, ...changes },
});

const count = async (table: string) =>
  (await catalog.database.query<{ count: number }>(`select count(*)::int as count from ${table}`))[0]!.count;

describe('the rows of an echo instance', () => {
  it('are stored once, by whoever holds the claim', async () => {
    const { runId, ids } = await claimed(2);
    const [first, second] = ids as [string, string];
    const segmentation = {
      ...model,
      view: 'a4c',
      frames: 3,
      rows: 8,
      columns: 8,
      maskKey: 'm',
      overlayKey: 'o',
      cineKey: 'c',
      confidence: 0.5,
      frameConfidences: [0.4, 0.5, 0.6],
    } as const;
    const calculations = [
      { method: 'disks', beat: null, quantity: 'EF', value: 55, unit: '%' },
      { method: 'disks', beat: 0, quantity: 'EF', value: 55, unit: '%' },
    ] as const;
    const rows = [
      { ...scored(first, runId, { calculations, ef: 55, reasons: [] }), segmentation },
      scored(second, newId()),
    ];
    expect(await recordEchoScores(catalog.database, rows)).toEqual([first]);
    expect(await recordEchoScores(catalog.database, rows)).toEqual([]);
    expect(await Promise.all(['classification.predictions', 'classification.frames'].map(count))).toEqual([
      1, 2,
    ]);
    expect(await Promise.all(['segmentation.predictions', 'measurement.calculations'].map(count))).toEqual([
      1, 2,
    ]);
    const [stored] = await catalog.database.query<Record<string, unknown>>(
      'select * from measurement.instances',
    );
    expect(stored).toMatchObject({ recording_id: first, ef: 55, result: null, marks: ['frames_fewer'] });
    const states = await catalog.database.query<{ state: string }>(
      'select state from catalog.recordings order by state',
    );
    expect(states.map(({ state }) => state)).toEqual(['dispatched', 'scored']);
  });

  it('are without chambers where the view has none', async () => {
    const { runId, ids } = await claimed(1);
    await recordEchoScores(catalog.database, [scored(ids[0]!, runId)]);
    expect(await count('segmentation.predictions')).toBe(0);
    expect(await count('measurement.instances')).toBe(1);
  });
});

/** A ventricle over an atrium that beats, measured; `wide` scales it across. */
function beating(view: 'a4c' | 'a2c', wide: number) {
  const size = 64;
  const figures = Array.from({ length: 50 }, (_, frame) => {
    const across = wide * (12 - 2.5 * (1 - Math.cos((2 * Math.PI * frame) / 20)));
    const body = (x: number, y: number, halfX: number, halfY: number) => {
      const pixels = Uint8Array.from({ length: size * size }, (_, at) =>
        (((at % size) - x) / halfX) ** 2 + ((Math.floor(at / size) - y) / halfY) ** 2 <= 1 ? 1 : 0,
      );
      return { rows: size, columns: size, pixels };
    };
    const [lv, la] = [body(32, 24, across, 18), body(32, 52, 10, 9)];
    la.pixels.forEach((_, at) => {
      if (lv.pixels[at] === 1) la.pixels[at] = 0;
    });
    return frameFigures({ lv, la, confidence: 0.9 }, { x: 0.2, y: 0.2 });
  });
  return measureFrames(figures, { ...geometry, rows: size, columns: size }, view);
}

describe('the row of a study', () => {
  it('is biplane once both views are measured', async () => {
    const { runId, ids } = await claimed(2);
    const [four, two] = [beating('a4c', 1), beating('a2c', 0.9)];
    await recordEchoScores(catalog.database, [
      scored(ids[0]!, runId, { result: four, view: 'a4c', reasons: [] }),
    ]);
    await updateStudies(catalog.database, ids, '1.0.0');
    const study = async () =>
      (await catalog.database.query<Record<string, unknown>>('select * from measurement.studies'))[0]!;
    expect(await study()).toMatchObject({
      method: 'single-plane',
      ef: four.ef!.value,
      edv_ml: four.edv!.value,
    });
    await recordEchoScores(catalog.database, [
      scored(ids[1]!, runId, { result: two, view: 'a2c', reasons: [] }),
    ]);
    await updateStudies(catalog.database, ids, '1.0.0');
    const biplane = await study();
    expect(biplane).toMatchObject({
      method: 'biplane',
      a4c_recording_id: ids[0],
      a2c_recording_id: ids[1],
      reasons: [],
    });
    const expected = measureStudy([
      { id: ids[0]!, measurement: four },
      { id: ids[1]!, measurement: two },
    ]);
    expect(biplane.edv_ml).toBeCloseTo(expected.edv!.value, 6);
    expect(biplane.edv_ml).toBeLessThan(four.edv!.value);
  });

  it('is brought up to date when a further instance is scored', async () => {
    const { runId, ids } = await claimed(2);
    const cine = measureFrames([], geometry, 'a4c');
    await recordEchoScores(catalog.database, [scored(ids[0]!, runId, { reasons: ['not_a_cine'] })]);
    expect(await updateStudies(catalog.database, ids, '1.0.0')).toBe(1);
    expect(await updateStudies(catalog.database, ids, '1.0.0')).toBe(0);
    const [row] = await catalog.database.query<Record<string, unknown>>('select * from measurement.studies');
    expect(row).toMatchObject({ instances: 1, method: null, ef: null, reasons: ['not_a_cine'] });
    await recordEchoScores(catalog.database, [scored(ids[1]!, runId, { result: cine })]);
    expect(await staleStudies(catalog.database, ids)).toEqual(['1.2.3']);
    expect(await updateStudies(catalog.database, [ids[1]!], '1.0.0')).toBe(1);
    const [after] = await catalog.database.query<Record<string, unknown>>(
      'select * from measurement.studies',
    );
    expect(after).toMatchObject({ instances: 2 });
  });

  it('is not overwritten by who has seen less', async () => {
    const { runId, ids } = await claimed(2);
    await recordEchoScores(catalog.database, [scored(ids[0]!, runId)]);
    const early = await studyCines(catalog.database, '1.2.3');
    expect(early).toMatchObject({ instances: 1, cines: [], reasons: ['wrong_view'] });
    await recordEchoScores(catalog.database, [scored(ids[1]!, runId)]);
    const late = await studyCines(catalog.database, '1.2.3');
    const store = (made: StudyCines) =>
      recordStudy(catalog.database, '1.2.3', made, measureStudy([]), '1.0.0');
    expect(await store(early)).toBe(false);
    expect(await store(late)).toBe(true);
    expect(await store(early)).toBe(false);
    expect(await staleStudies(catalog.database, ids)).toEqual([]);
  });
});
