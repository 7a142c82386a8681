import { describe, expect, it } from 'vitest';
import { maskScale, randomMask } from '../../../shared/engine/random-mask.ts';

const place = { seed: 5, step: 3, place: 1 };

describe('the mask of a dropout', () => {
  it.each([0.1, 0.2, 0.3, 0.5, 0.9])('drops values at a rate of %d and keeps the expectation', (rate) => {
    const mask = randomMask(200_001, rate, place);
    expect(mask.every((value) => value === 0 || value === 1)).toBe(true);
    const kept = mask.reduce((sum, value) => sum + value, 0) / mask.length;
    expect(Math.abs(kept - (1 - rate))).toBeLessThan(0.005);
    expect(Math.abs(kept * maskScale(rate) - 1)).toBeLessThan(0.03);
  });

  it('drops neighbours independently of each other', () => {
    const mask = randomMask(400_000, 0.3, place);
    for (const distance of [1, 2, 3, 4, 64, 2048]) {
      let both = 0;
      for (let i = distance; i < mask.length; i++) both += mask[i]! & mask[i - distance]!;
      expect(Math.abs(both / mask.length - 0.7 * 0.7)).toBeLessThan(0.006);
    }
  });

  it('is the same for the same seed, step and layer, and another for any other', () => {
    const mask = randomMask(1000, 0.5, place);
    expect(randomMask(1000, 0.5, place)).toEqual(mask);
    for (const key of ['seed', 'step', 'place'] as const) {
      expect(randomMask(1000, 0.5, { ...place, [key]: 7 })).not.toEqual(mask);
    }
  });
});
