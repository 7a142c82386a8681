import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nthSmallest } from '../../../../shared/ecg/signal/nth-smallest.ts';
import { seeds } from '../../../seeds.ts';

describe('nthSmallest', () => {
  it.each(seeds)('is what a sort puts there, of equal values too (seed %i)', (seed) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 50 }), (numbers) => {
        const sorted = Float32Array.from(numbers).sort();
        for (let n = 0; n < numbers.length; n++)
          expect(nthSmallest(Float32Array.from(numbers), n)).toBe(sorted[n]! + 0);
      }),
      { seed, numRuns: 200 },
    );
  });

  it('is undefined of nothing', () => {
    expect(nthSmallest(new Float64Array(0), 0)).toBeUndefined();
  });
});
