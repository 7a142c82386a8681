import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auprc } from '../../../../shared/learning/metrics/auprc.ts';
import { auroc } from '../../../../shared/learning/metrics/auroc.ts';
import { bootstrap } from '../../../../shared/learning/metrics/bootstrap.ts';
import { decisions } from '../../../../shared/learning/metrics/decisions.ts';
import { Random } from '../../../../shared/random.ts';

const seeds = [20201122, Date.now() & 0x7fffffff];

/** Records with many tied scores. */
const scored = fc.array(fc.record({ label: fc.constantFrom(0, 1), score: fc.integer({ min: 0, max: 6 }) }), {
  minLength: 2,
  maxLength: 60,
});

describe('auroc', () => {
  it.each(seeds)('is the share of pairs in order, ties half (seed %i)', (seed) => {
    fc.assert(
      fc.property(scored, (records) => {
        const positives = records.filter(({ label }) => label === 1);
        const negatives = records.filter(({ label }) => label === 0);
        const ours = auroc(
          records.map(({ label }) => label),
          records.map(({ score }) => score),
        );
        if (positives.length === 0 || negatives.length === 0) {
          expect(ours).toBeNaN();
          return;
        }
        let pairs = 0;
        for (const p of positives) {
          for (const n of negatives) pairs += p.score > n.score ? 1 : p.score === n.score ? 0.5 : 0;
        }
        expect(ours).toBeCloseTo(pairs / (positives.length * negatives.length), 12);
      }),
      { seed },
    );
  });
});

describe('auprc', () => {
  it.each(seeds)('is the sum over thresholds of precision times recall gained (seed %i)', (seed) => {
    fc.assert(
      fc.property(scored, (records) => {
        const labels = records.map(({ label }) => label);
        const scores = records.map(({ score }) => score);
        const total = labels.filter((label) => label === 1).length;
        if (total === 0) {
          expect(auprc(labels, scores)).toBeNaN();
          return;
        }
        let area = 0;
        let recall = 0;
        for (let threshold = 6; threshold >= 0; threshold--) {
          const { truePositives, falsePositives } = decisions(labels, scores, threshold - 0.5);
          if (truePositives + falsePositives === 0) continue;
          area += (truePositives / (truePositives + falsePositives)) * (truePositives / total - recall);
          recall = truePositives / total;
        }
        expect(auprc(labels, scores)).toBeCloseTo(area, 12);
      }),
      { seed },
    );
  });
});

describe('decisions', () => {
  it('counts and divides', () => {
    const d = decisions([1, 1, 1, 0, 0], [0.9, 0.6, 0.2, 0.7, 0.1], 0.5);
    expect(d).toEqual({
      truePositives: 2,
      falsePositives: 1,
      trueNegatives: 1,
      falseNegatives: 1,
      sensitivity: 2 / 3,
      specificity: 1 / 2,
      ppv: 2 / 3,
      f1: 4 / 6,
    });
    expect(decisions([0], [0.1], 0.5).sensitivity).toBeNaN();
  });
});

describe('bootstrap', () => {
  it('covers the mean of a known distribution as often as it says, and repeats with its seed', () => {
    const random = new Random(5);
    let covered = 0;
    for (let trial = 0; trial < 200; trial++) {
      const values = Float64Array.from({ length: 60 }, () => random.normal());
      const mean = (indices: Int32Array) => ({
        mean: indices.reduce((sum, i) => sum + values[i]!, 0) / indices.length,
      });
      const { low, high } = bootstrap(60, mean, { seed: trial, samples: 300 }).mean;
      if (low <= 0 && high >= 0) covered++;
    }
    expect(covered / 200).toBeGreaterThan(0.89);
    expect(covered / 200).toBeLessThan(0.99);
    const again = () => bootstrap(10, (indices) => ({ first: indices[0]! }), { seed: 3 });
    expect(again()).toEqual(again());
  });
});
