import { describe, expect, it } from 'vitest';
import { butterworth, type TransferFunction } from '../../../../shared/ecg/signal/butterworth.ts';
import { notch } from '../../../../shared/ecg/signal/notch.ts';
import { hasReference, readReference } from '../../../reference.ts';

const designs: Record<string, TransferFunction> = {
  'butter2-highpass-0.5@500': butterworth(2, { type: 'highpass', low: 0.5 }, 500),
  'butter2-lowpass-100@500': butterworth(2, { type: 'lowpass', high: 100 }, 500),
  'butter2-bandpass-0.5-45@500': butterworth(2, { type: 'bandpass', low: 0.5, high: 45 }, 500),
  'butter4-bandpass-0.5-40@500': butterworth(4, { type: 'bandpass', low: 0.5, high: 40 }, 500),
  'iirnotch-50-Q50@500': notch(50, 50, 500),
  'iirnotch-60-Q60@500': notch(60, 60, 500),
};

describe.skipIf(!hasReference)('filter design against scipy (needs ../shared/reference)', () => {
  const published = hasReference
    ? readReference<{ filterCoefficients: Record<string, { b: number[]; a: number[] }> }>('signal/cases.json')
        .filterCoefficients
    : {};

  it.each(Object.entries(published))('%s', (name, { b, a }) => {
    const design = designs[name]!;
    expect(design.b).toHaveLength(b.length);
    expect(design.a).toHaveLength(a.length);
    for (const [k, value] of b.entries()) expect(Math.abs(design.b[k]! - value)).toBeLessThan(1e-12);
    for (const [k, value] of a.entries()) expect(Math.abs(design.a[k]! - value)).toBeLessThan(1e-11);
  });
});

/** |H| at a frequency in Hz. */
function magnitude({ b, a }: TransferFunction, frequency: number, rate: number): number {
  const at = (coefficients: Float64Array): number => {
    let re = 0;
    let im = 0;
    for (const [k, c] of coefficients.entries()) {
      re += c * Math.cos((2 * Math.PI * frequency * k) / rate);
      im -= c * Math.sin((2 * Math.PI * frequency * k) / rate);
    }
    return Math.hypot(re, im);
  };
  return at(b) / at(a);
}

describe('butterworth', () => {
  it.each([1, 2, 3, 4, 5])('order %i falls by 3 dB at its corners and passes its band', (order) => {
    const low = butterworth(order, { type: 'lowpass', high: 40 }, 500);
    expect(magnitude(low, 40, 500)).toBeCloseTo(Math.SQRT1_2, 6);
    expect(magnitude(low, 0, 500)).toBeCloseTo(1, 6);
    const high = butterworth(order, { type: 'highpass', low: 30 }, 500);
    expect(magnitude(high, 30, 500)).toBeCloseTo(Math.SQRT1_2, 6);
    expect(magnitude(high, 250, 500)).toBeCloseTo(1, 6);
    const band = butterworth(order, { type: 'bandpass', low: 10, high: 60 }, 500);
    expect(magnitude(band, 10, 500)).toBeCloseTo(Math.SQRT1_2, 5);
    expect(magnitude(band, 60, 500)).toBeCloseTo(Math.SQRT1_2, 5);
  });

  it('refuses frequencies that the rate does not have', () => {
    expect(() => butterworth(2, { type: 'lowpass', high: 250 }, 500)).toThrow(RangeError);
    expect(() => butterworth(2, { type: 'highpass', low: 0 }, 500)).toThrow(RangeError);
    expect(() => butterworth(2, { type: 'bandpass', low: 40, high: 10 }, 500)).toThrow(RangeError);
  });
});

describe('notch', () => {
  it('takes its frequency out and leaves the rest', () => {
    const filter = notch(50, 30, 500);
    expect(magnitude(filter, 50, 500)).toBeLessThan(1e-9);
    expect(magnitude(filter, 50 + 50 / 30 / 2, 500)).toBeCloseTo(Math.SQRT1_2, 2);
    expect(magnitude(filter, 5, 500)).toBeCloseTo(1, 3);
    expect(() => notch(50, 30, 100)).toThrow(RangeError);
  });
});
