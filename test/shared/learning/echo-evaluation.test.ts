import { describe, expect, it } from 'vitest';
import {
  evaluateChambers,
  evaluateMeasurements,
  evaluateViews,
  type JudgedView,
} from '../../../shared/learning/echo-evaluation.ts';

const seed = 7;

describe('evaluateViews', () => {
  const view = (study: number, truth: JudgedView['truth'], dev: JudgedView['dev']): JudgedView => ({
    study,
    truth,
    dev,
    seg: 'other',
  });
  const instances = [
    view(1, 'a4c', 'a4c'),
    view(1, 'a4c', 'a4c'),
    view(2, 'a2c', 'a4c'),
    view(3, 'plax', 'plax'),
  ];

  it('judges both mappings, and draws whole studies', () => {
    const { dev, seg } = evaluateViews(instances, { seed });
    expect(dev.counts).toEqual([
      [0, 1, 0, 0],
      [0, 2, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 0],
    ]);
    expect(dev.fractions[1]).toEqual({ tn: 0.25, fp: 0.25, fn: 0, tp: 0.5 });
    expect(dev.accuracy).toEqual({ value: 0.75, low: 0, high: 1 });
    expect(seg.accuracy).toEqual({ value: 0, low: 0, high: 0 });
  });

  it('has no interval of one study', () => {
    const { dev } = evaluateViews(instances.slice(0, 2), { seed });
    expect(dev.accuracy).toEqual({ value: 1, low: Number.NaN, high: Number.NaN });
  });
});

describe('evaluateChambers', () => {
  it('takes means over frames of the chambers that there are', () => {
    const mask = (study: number, dice: number) => ({
      study,
      chamber: 'la' as const,
      dice,
      iou: dice / (2 - dice),
    });
    const [atrium, ...others] = evaluateChambers([mask(1, 0.9), mask(1, 0.7), mask(2, 0.5)], { seed });
    expect(others).toEqual([]);
    expect(atrium).toMatchObject({ chamber: 'la', frames: 3 });
    expect(atrium!.dice.value).toBeCloseTo(0.7, 12);
    expect(atrium!.dice).toMatchObject({ low: 0.5, high: expect.closeTo(0.8, 12) });
    expect(evaluateChambers([], { seed })).toEqual([]);
  });
});

describe('evaluateMeasurements', () => {
  const measured = (study: number, quantity: 'EDV' | 'ESV' | 'EF', truth: number, value: number) => ({
    study,
    quantity,
    truth,
    measured: value,
  });

  it('gives the agreement of each quantity and of what it recommends', () => {
    const { quantities, recommendation } = evaluateMeasurements(
      [
        measured(1, 'EDV', 100, 110),
        measured(2, 'EDV', 120, 118),
        measured(1, 'EF', 62, 58),
        measured(2, 'EF', 35, 39.9),
        measured(3, 'EF', 59, 60),
      ],
      { seed },
    );
    expect(quantities.map(({ quantity, count, bias }) => [quantity, count, bias])).toEqual([
      ['EDV', 2, 4],
      ['EF', 3, expect.closeTo(1.9 / 3, 12)],
    ]);
    expect(quantities[0]!.meanAbsoluteInterval).toEqual({ value: 6, low: 2, high: 10 });
    expect(recommendation).toMatchObject({
      classes: ['normal', 'greyzone', 'abnormal'],
      counts: [
        [0, 1, 0],
        [1, 0, 0],
        [0, 0, 1],
      ],
      accuracy: { value: expect.closeTo(1 / 3, 12) },
    });
  });

  it('recommends nothing without ejection fractions', () => {
    expect(evaluateMeasurements([measured(1, 'ESV', 50, 40)], { seed }).recommendation).toBeNull();
    expect(evaluateMeasurements([], { seed })).toEqual({ quantities: [], recommendation: null });
  });
});
