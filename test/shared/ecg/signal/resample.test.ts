import { describe, expect, it } from 'vitest';
import { resample } from '../../../../shared/ecg/signal/resample.ts';

function resampled(signal: Float64Array, samples: number): Float64Array {
  const out = new Float64Array(samples);
  resample(signal.slice(), new Float64Array(signal.length), out, new Float64Array(samples));
  return out;
}

describe('resample', () => {
  it.each([
    [1000, 500],
    [500, 1000],
    [5000, 1000],
    [999, 500],
    [500, 999],
    [257, 100],
  ])('keeps a periodic signal from %i to %i samples', (from, to) => {
    const wave = (n: number) =>
      Float64Array.from(
        { length: n },
        (_, i) => 2 + Math.sin((2 * Math.PI * 3 * i) / n) - Math.cos((2 * Math.PI * 20 * i) / n),
      );
    const result = resampled(wave(from), to);
    const expected = wave(to);
    for (let i = 0; i < to; i++) expect(result[i]).toBeCloseTo(expected[i]!, 9);
  });

  it('splits and joins the bin at half the rate as scipy does', () => {
    // scipy.signal.resample([1, -1, 1, -1], 8) and ([1, 0, -1, 0, 1, 0, -1, 0], 4)
    const up = resampled(Float64Array.of(1, -1, 1, -1), 8);
    expect([...up].map((v) => Math.round(v * 1e6) / 1e6 + 0)).toEqual([1, 0, -1, 0, 1, 0, -1, 0]);
    const down = resampled(Float64Array.of(1, 0, -1, 0, 1, 0, -1, 0), 4);
    expect([...down].map((v) => Math.round(v * 1e6) / 1e6 + 0)).toEqual([1, -1, 1, -1]);
  });

  it('resamples two signals in one transform as it does each alone', () => {
    const one = Float64Array.from({ length: 750 }, (_, i) => Math.sin(i * i));
    const two = Float64Array.from({ length: 750 }, (_, i) => Math.cos(i / 3));
    const outOne = new Float64Array(500);
    const outTwo = new Float64Array(500);
    resample(one.slice(), two.slice(), outOne, outTwo);
    const [aloneOne, aloneTwo] = [resampled(one, 500), resampled(two, 500)];
    for (let i = 0; i < 500; i++) {
      expect(outOne[i]).toBeCloseTo(aloneOne[i]!, 9);
      expect(outTwo[i]).toBeCloseTo(aloneTwo[i]!, 9);
    }
  });

  it('gives the same samples when the length stays', () => {
    const signal = Float64Array.of(3, 1, 4, 1, 5);
    expect(resampled(signal, 5)).toEqual(signal);
  });
});
