import { describe, expect, it } from 'vitest';
import { fromFloat16, toFloat16 } from '../../../shared/storage/float16.ts';

describe('float16', () => {
  it('gives back every one of the 63488 numbers and infinities', () => {
    for (let half = 0; half < 0x10000; half++) {
      const value = fromFloat16(half);
      if (Number.isNaN(value)) expect(fromFloat16(toFloat16(value))).toBeNaN();
      else if (toFloat16(value) !== half) expect.fail(`0x${half.toString(16)} -> ${value}`);
    }
  });

  it.each([
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0xfc00, Number.NEGATIVE_INFINITY],
  ])('reads 0x%s as %d', (half, value) => {
    expect(fromFloat16(half)).toBe(value);
  });

  it('rounds to the nearest, ties to even', () => {
    for (let half = 0; half < 0x7bff; half++) {
      const low = fromFloat16(half);
      const high = fromFloat16(half + 1);
      const middle = (low + high) / 2;
      const below = low + (high - low) * 0.49;
      const above = low + (high - low) * 0.51;
      if (toFloat16(below) !== half) expect.fail(`${below}`);
      if (toFloat16(above) !== half + 1) expect.fail(`${above}`);
      if (toFloat16(middle) !== half + (half & 1)) expect.fail(`${middle}`);
      if (toFloat16(-middle) !== (0x8000 | (half + (half & 1)))) expect.fail(`${-middle}`);
    }
    expect(toFloat16(65519)).toBe(0x7bff);
    expect(toFloat16(65520)).toBe(0x7c00);
    expect(toFloat16(-1e30)).toBe(0xfc00);
    expect(toFloat16(1e-30)).toBe(0);
  });
});
