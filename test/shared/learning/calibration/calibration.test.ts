import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  calibrate,
  calibrated,
  calibrationSchema,
} from '../../../../shared/learning/calibration/calibration.ts';
import { crossFitted, fitCalibration } from '../../../../shared/learning/calibration/fit-calibration.ts';
import { fitIsotonic } from '../../../../shared/learning/calibration/isotonic.ts';
import { fitTemperature } from '../../../../shared/learning/calibration/temperature.ts';
import { auroc } from '../../../../shared/learning/metrics/auroc.ts';
import { brierScore } from '../../../../shared/learning/metrics/brier-score.ts';
import { expectedCalibrationError } from '../../../../shared/learning/metrics/expected-calibration-error.ts';
import { Random } from '../../../../shared/random.ts';
import { seeds } from '../../../seeds.ts';

/** Truths drawn from honest logits, and the probabilities of a net that multiplies these. */
function drawn(count: number, factor: number, seed = 1): { labels: Uint8Array; probabilities: Float32Array } {
  const random = new Random(seed);
  const logits = Array.from({ length: count }, () => 2 * random.normal() - 0.5);
  return {
    labels: Uint8Array.from(logits, (z) => Number(random.uniform() < 1 / (1 + Math.exp(-z)))),
    probabilities: Float32Array.from(logits, (z) => 1 / (1 + Math.exp(-factor * z))),
  };
}

describe('temperature', () => {
  it.each([0.5, 1, 3])('finds the factor %d of logits that are not honest', (factor) => {
    const { labels, probabilities } = drawn(20_000, factor);
    expect(fitTemperature(labels, probabilities)! / factor).toBeCloseTo(1, 1);
  });

  it('is none where a class has recordings of one kind only', () => {
    expect(fitTemperature([0, 0], [0.2, 0.4])).toBeNull();
    expect(fitIsotonic([1, 1], [0.2, 0.4])).toBeNull();
    expect(calibrate({ method: 'temperature', temperatures: [null] }, 0, 0.3)).toBe(0.3);
    expect(calibrate({ method: 'isotonic', lines: [null] }, 0, 0.3)).toBe(0.3);
  });
});

describe('isotonic regression', () => {
  it('pools adjacent violators and goes from centre to centre', () => {
    // 0.1 0.2 | 0.3 0.4 (violated) | 0.9
    const line = fitIsotonic([0, 0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4, 0.9])!;
    const expected = [
      [0.15, 0],
      [0.35, 0.5],
      [0.9, 1],
    ];
    line.forEach((corner, k) => {
      expect(corner[0]).toBeCloseTo(expected[k]![0]!, 12);
      expect(corner[1]).toBeCloseTo(expected[k]![1]!, 12);
    });
    const calibration = { method: 'isotonic' as const, lines: [line] };
    const at = (x: number) => calibrate(calibration, 0, x);
    expect(at(0.05)).toBe(0);
    expect(at(0.25)).toBeCloseTo(0.25, 12);
    expect(at(0.625)).toBeCloseTo(0.75, 12);
    expect(at(0.95)).toBe(1);
  });

  it.each(seeds)('rises, stays within 0 and 1, and keeps the mean of the labels (seed %i)', (seed) => {
    const set = fc.array(fc.tuple(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })), {
      minLength: 2,
      maxLength: 60,
    });
    fc.assert(
      fc.property(set, (pairs) => {
        const line = fitIsotonic(
          pairs.map(([label]) => label),
          pairs.map(([, probability]) => probability),
        );
        if (line === null) return;
        for (const [k, [place, height]] of line.entries()) {
          expect(height).toBeGreaterThanOrEqual(0);
          expect(height).toBeLessThanOrEqual(1);
          if (k === 0) continue;
          expect(place).toBeGreaterThan(line[k - 1]![0]);
          expect(height).toBeGreaterThan(line[k - 1]![1]);
        }
      }),
      { seed, numRuns: 200 },
    );
  });
});

describe('a calibration', () => {
  const over = drawn(2000, 3);

  it.each(['temperature', 'isotonic'] as const)(
    '%s brings probabilities nearer to the truth and keeps their order',
    (method) => {
      const after = crossFitted(method, [over.labels], [over.probabilities], 1)[0]!;
      expect(expectedCalibrationError(over.labels, after)).toBeLessThan(
        0.6 * expectedCalibrationError(over.labels, over.probabilities),
      );
      expect(brierScore(over.labels, after)).toBeLessThan(brierScore(over.labels, over.probabilities));
      const whole = fitCalibration(method, [over.labels], [over.probabilities]);
      const values = over.probabilities.map((p) => calibrate(whole, 0, p));
      expect(auroc(over.labels, values)).toBeCloseTo(auroc(over.labels, over.probabilities), 2);
      expect(calibrationSchema.parse(JSON.parse(JSON.stringify(whole)))).toEqual(whole);
    },
  );

  it('measured by fits on the others, knows nothing of the recording itself', () => {
    // One recording whose label nothing else explains: a fit with it would go to 1 at its place.
    const labels = Uint8Array.from({ length: 60 }, (_, i) => Number(i === 59 || (i >= 20 && i < 40)));
    const scores = Float32Array.from({ length: 60 }, (_, i) =>
      i < 20 ? 0.2 : i < 40 ? 0.8 : i < 59 ? 0.3 : 0.1,
    );
    const whole = fitCalibration('isotonic', [labels], [scores]);
    const after = crossFitted('isotonic', [labels], [scores], 3)[0]!;
    expect(calibrate(whole, 0, scores[59]!)).toBeGreaterThan(0.01);
    expect(after[59]).toBe(0);
  });

  it('applies to a model whose card has one', () => {
    const answer = Float32Array.of(0.5, 0.9);
    expect(calibrated({}, answer)).toBe(answer);
    const calibration = { method: 'temperature' as const, temperatures: [2, null] };
    expect([...calibrated({ calibration }, answer)]).toEqual([0.5, Math.fround(0.9)]);
  });
});

describe('expected calibration error', () => {
  it('is the mean over bins of what probability and share differ by', () => {
    // Two bins: 0.05 with a share of 1/2, 0.95 with a share of 1.
    const labels = [0, 1, 1, 1];
    const probabilities = [0.05, 0.05, 0.95, 0.95];
    expect(expectedCalibrationError(labels, probabilities)).toBeCloseTo((2 * 0.45 + 2 * 0.05) / 4, 12);
    expect(brierScore(labels, probabilities)).toBeCloseTo((0.0025 + 0.9025 + 2 * 0.0025) / 4, 12);
    expect(expectedCalibrationError([1], [1])).toBe(0);
  });
});
