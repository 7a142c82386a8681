import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limbScale } from '../../../../shared/ecg/signal/limb-scale.ts';
import { standardScale } from '../../../../shared/ecg/signal/standard-scale.ts';
import { Random } from '../../../../shared/random.ts';
import { seeds } from '../../../seeds.ts';

const samples = 400;

/** Twelve leads of noise without offset whose limb leads obey Einthoven and Goldberger. */
function leads(random: Random, one: number, two: number): Float32Array {
  const values = new Float32Array(12 * samples);
  const noise = () => {
    const drawn = Array.from({ length: samples }, () => random.normal());
    const mean = drawn.reduce((sum, value) => sum + value, 0) / samples;
    return drawn.map((value) => value - mean);
  };
  const [first, second] = [noise(), noise()];
  for (let i = 0; i < samples; i++) {
    const i1 = one * first[i]!;
    const i2 = two * second[i]! + 0.3 * i1;
    const six = [i1, i2, i2 - i1, -(i1 + i2) / 2, i1 - i2 / 2, i2 - i1 / 2];
    for (let l = 0; l < 12; l++) values[l * samples + i] = six[l] ?? random.normal();
  }
  return values;
}

function scaled(values: Float32Array): Float32Array {
  const copy = values.slice();
  for (let l = 0; l < 12; l++) standardScale(copy, l * samples, samples);
  return copy;
}

describe('limbScale', () => {
  it.each(seeds)('gives limb leads that were scaled one by one their proportions back (seed %i)', (seed) => {
    const amplitude = fc.double({ min: 0.05, max: 5, noNaN: true });
    fc.assert(
      fc.property(fc.integer(), amplitude, amplitude, (lot, one, two) => {
        const original = leads(new Random(lot >>> 0), one, two);
        const values = scaled(original);
        const before = values.slice();
        limbScale(values, samples);
        // One factor for all six.
        let [product, square, squares] = [0, 0, 0];
        for (let i = 0; i < 6 * samples; i++) {
          product += values[i]! * original[i]!;
          square += original[i]! ** 2;
          squares += values[i]! ** 2;
        }
        expect(squares / (6 * samples)).toBeCloseTo(1, 4);
        const factor = product / square;
        const mean = Math.sqrt(square / (6 * samples));
        let furthest = 0;
        for (let i = 0; i < 6 * samples; i++)
          furthest = Math.max(furthest, Math.abs(values[i]! - factor * original[i]!));
        expect(furthest).toBeLessThan(1e-3 * factor * mean);
        expect(values.subarray(6 * samples)).toEqual(before.subarray(6 * samples));
      }),
      { seed, numRuns: 50 },
    );
  });

  it('leaves limb leads that do not obey Einthoven as they are', () => {
    const noise = Float32Array.from({ length: 12 * samples }, (_, i) => Math.sin(i * i));
    const exchanged = scaled(leads(new Random(1), 1, 1));
    const [one, two] = [exchanged.slice(0, samples), exchanged.slice(samples, 2 * samples)];
    exchanged.set(two, 0);
    exchanged.set(one, samples);
    for (const values of [noise, exchanged, new Float32Array(12 * samples)]) {
      const before = values.slice();
      limbScale(values, samples);
      expect(values).toEqual(before);
    }
  });
});
