import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { onnxEngine } from '../../../shared/engine/onnx/onnx-engine.ts';
import { openRuntime } from '../../../shared/engine/onnx/runtime.ts';
import { type CompareOptions, compareRecipes } from '../../../shared/learning/compare-recipes.ts';
import { comparisonPage } from '../../../shared/learning/comparison-page.ts';
import { type Experiment, parseExperiment } from '../../../shared/learning/experiment.ts';
import { MemoryFolder, smallExperiment, smallSet } from './small-set.ts';

const codes = ['426783006', '164889003'] as const;
let engine: Engine;

beforeAll(async () => {
  engine = onnxEngine(await openRuntime('onnxruntime-node', 1));
});

/** The small set as recordings of two databases of the challenge. */
function challengeSet(): MemoryFolder {
  const set = smallSet(50, 160, 1, codes);
  const text = (name: string) => new TextDecoder().decode(set.files.get(name));
  const renamed = (name: string) => {
    const number = Number(name.slice(1));
    return number < 25 ? `A${String(number).padStart(4, '0')}` : `E${String(number).padStart(5, '0')}`;
  };
  const all = new MemoryFolder();
  for (const [name, bytes] of set.files) {
    const record = /R\d{4}/.exec(name)?.[0];
    if (record === undefined) continue;
    const place = name.replace(record, renamed(record));
    if (name.endsWith('.hea'))
      all.files.set(place, new TextEncoder().encode(text(name).replaceAll(record, renamed(record))));
    else all.files.set(place, bytes);
  }
  all.files.set('labels.csv', new TextEncoder().encode(text('labels.csv').replace(/R\d{4}/g, renamed)));
  return all;
}

function recipe(name: string, changes: Record<string, string>): Experiment {
  const text = smallExperiment({ validation: 'folds: { count: 2 }', mixup: '', averaging: '', ...changes })
    .replace('name: small', `name: ${name}`)
    .replace('[A, B]', `["${codes[0]}", "${codes[1]}"]`);
  return parseExperiment(text);
}

const learning = recipe('learning', {
  epochs: '8',
  augmentation: '[]',
  optimizer: '{ kind: adam, learningRate: 0.02 }',
});
const idle = { ...recipe('idle', { epochs: '1' }), thresholds: 0.5 };

function options(changes: Partial<CompareOptions> = {}): CompareOptions {
  return {
    dataset: challengeSet(),
    checkpoints: new MemoryFolder(),
    engine,
    folds: 2,
    leaveSourcesOut: true,
    ...changes,
  };
}

describe('compareRecipes', () => {
  it('judges recipes on the same folds, by database, and without each database', async () => {
    const folds: string[] = [];
    const calibrated = { ...learning, calibration: 'temperature' as const };
    const comparison = await compareRecipes(
      [idle, calibrated],
      options({ onFold: (...told) => folds.push(told.join()) }),
    );
    const [first, second] = comparison!.recipes;
    expect(comparison!.measured).toEqual(codes);
    expect(comparison!.classes.map(({ positives }) => positives > 5)).toEqual([true, true]);
    expect(first!.gain).toBeUndefined();
    const gain = second!.gain!.auroc;
    expect(gain.value).toBeCloseTo(second!.all.auroc.value - first!.all.auroc.value, 12);
    expect(gain.low).toBeLessThan(gain.value);
    expect(gain.high).toBeGreaterThan(gain.value);
    expect(first!.bySource.map(({ source, figures }) => [source, figures.recordings])).toEqual([
      ['CPSC', 25],
      ['Georgia', 25],
    ]);
    expect(
      second!.leftOut.map(({ source, inside, outside }) => [source, inside.recordings, outside.recordings]),
    ).toEqual([
      ['CPSC', 25, 25],
      ['Georgia', 25, 25],
    ]);
    for (const { inside, outside } of second!.leftOut)
      for (const { value } of [inside.auroc, outside.auroc, outside.challenge!]) expect(value).not.toBeNaN();
    // Two folds of everything, three of everything without each database.
    expect(new Set(folds).size).toBe(2 * (2 + 2 * 3));

    const page = comparisonPage(comparison!);
    expect(page).toContain('| learning less idle |');
    expect(page).toContain('| CPSC (25) | learning |');
    expect(page).toContain('Atrial fibrillation 164889003');
  });

  it('goes on from its checkpoints, and answers the same', async () => {
    const recipes = [learning];
    const whole = await compareRecipes(recipes, options({ leaveSourcesOut: false }));
    const stop = new AbortController();
    const kept = options({ leaveSourcesOut: false });
    const stopped = await compareRecipes(recipes, {
      ...kept,
      signal: stop.signal,
      onFold: () => stop.abort(),
    });
    expect(stopped).toBeUndefined();
    expect(await compareRecipes(recipes, kept)).toEqual(whole);
  });

  it('refuses recipes that cannot be compared', async () => {
    const other = { ...learning, name: 'other', classes: [codes[0]] };
    await expect(compareRecipes([learning, other], options())).rejects.toMatchObject({
      reason: 'experiment_invalid',
      detail: expect.stringContaining('other') as unknown,
    });
    await expect(compareRecipes([learning, learning], options())).rejects.toThrow(/one name/);
  });
});
