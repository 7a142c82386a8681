import { describe, expect, it } from 'vitest';
import { agreement } from '../../../../shared/echo/evaluation/agreement.ts';
import { classFractions } from '../../../../shared/echo/evaluation/class-fractions.ts';
import { confusionCounts } from '../../../../shared/echo/evaluation/confusion-counts.ts';

describe('confusionCounts and classFractions', () => {
  const said = (pairs: string) => pairs.split(' ').map((pair) => ({ truth: pair[0]!, predicted: pair[1]! }));

  it('count one class against all others, as shares of all', () => {
    const counts = confusionCounts(said('aa aa ab ba bb cc ca cb aa aa'), ['a', 'b', 'c']);
    expect(counts).toEqual([
      [4, 1, 0],
      [1, 1, 0],
      [1, 1, 1],
    ]);
    expect(classFractions(counts)).toEqual([
      { tn: 0.3, fp: 0.2, fn: 0.1, tp: 0.4 },
      { tn: 0.6, fp: 0.2, fn: 0.1, tp: 0.1 },
      { tn: 0.7, fp: 0, fn: 0.2, tp: 0.1 },
    ]);
  });

  it('say nothing of no instances', () => {
    expect(classFractions([[0]])).toEqual([
      { tn: Number.NaN, fp: Number.NaN, fn: Number.NaN, tp: Number.NaN },
    ]);
  });
});

describe('agreement', () => {
  it('gives medians, deviations and limits of agreement', () => {
    const truth = [100, 120, 80, 60, 0];
    const measured = [110, 114, 80, 64, 2];
    const figures = agreement(truth.map((value, i) => ({ truth: value, measured: measured[i]! })));
    // Differences 10, -6, 0, 4, 2.
    expect(figures).toMatchObject({
      count: 5,
      truth: { median: 80, low: 60, high: 100 },
      absolute: { median: 4, low: 2, high: 6 },
      meanAbsolute: 4.4,
      medianAbsoluteDeviation: 2,
      bias: 2,
    });
    expect(figures.relative.median).toBeCloseTo((0.05 + 4 / 60) / 2, 12);
    const deviation = Math.sqrt((64 + 64 + 4 + 4 + 0) / 4);
    expect(figures.upper).toBeCloseTo(2 + 1.96 * deviation, 12);
    expect(figures.lower).toBeCloseTo(2 - 1.96 * deviation, 12);
  });

  it('knows no limits of one pair, and nothing of none', () => {
    expect(agreement([{ truth: 5, measured: 6 }])).toMatchObject({ count: 1, bias: 1, upper: Number.NaN });
    expect(agreement([])).toMatchObject({ count: 0, bias: Number.NaN, meanAbsolute: Number.NaN });
  });
});
