import { describe, expect, it } from 'vitest';
import { minMaxScale } from '../../../../shared/ecg/signal/min-max-scale.ts';
import { robustScale } from '../../../../shared/ecg/signal/robust-scale.ts';
import { standardScale } from '../../../../shared/ecg/signal/standard-scale.ts';

const signal = () => Float32Array.of(99, 2, 4, 4, 4, 5, 5, 7, 9, 99);

/** The scaled middle of `signal`; its two ends must stay as they are. */
function middle(scale: (samples: Float32Array, start: number, length: number) => void): number[] {
  const samples = signal();
  scale(samples, 1, 8);
  expect([samples[0], samples[9]]).toEqual([99, 99]);
  return [...samples.subarray(1, 9)];
}

describe('scalers', () => {
  it('standardScale: mean 5, deviation 2', () => {
    expect(middle(standardScale)).toEqual([-1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2]);
  });

  it('minMaxScale: 2 to 9', () => {
    expect(middle(minMaxScale).map((v) => Math.round(v * 7))).toEqual([0, 2, 2, 2, 3, 3, 5, 7]);
  });

  it('robustScale: median 4.5, quartiles 4 and 5.5', () => {
    expect(middle(robustScale).map((v) => Math.round(v * 150) / 100)).toEqual([
      -2.5, -0.5, -0.5, -0.5, 0.5, 0.5, 2.5, 4.5,
    ]);
  });

  it.each([standardScale, minMaxScale, robustScale])('%o makes a constant 0', (scale) => {
    const samples = new Float32Array(1000).fill(0.1);
    scale(samples, 0, 1000);
    for (const sample of samples) expect(Math.abs(sample)).toBeLessThan(1e-6);
  });
});
