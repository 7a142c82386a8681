import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fft } from '../../../../shared/ecg/signal/fft.ts';

/** The definition. */
function transform(real: Float64Array, imaginary: Float64Array): [number[], number[]] {
  const n = real.length;
  const outReal: number[] = [];
  const outImaginary: number[] = [];
  for (let k = 0; k < n; k++) {
    let re = 0;
    let im = 0;
    for (let j = 0; j < n; j++) {
      const angle = (-2 * Math.PI * ((j * k) % n)) / n;
      re += real[j]! * Math.cos(angle) - imaginary[j]! * Math.sin(angle);
      im += real[j]! * Math.sin(angle) + imaginary[j]! * Math.cos(angle);
    }
    outReal.push(re);
    outImaginary.push(im);
  }
  return [outReal, outImaginary];
}

describe('fft', () => {
  it.each([
    1, 2, 3, 4, 5, 6, 7, 8, 12, 77, 143, 15, 16, 17, 25, 31, 60, 64, 97, 100, 121, 125, 128, 135, 250, 257,
  ])('agrees with the definition at length %i', (length) => {
    const real = Float64Array.from({ length }, (_, i) => Math.sin(3.1 * i) + i / length);
    const imaginary = Float64Array.from({ length }, (_, i) => Math.cos(1.7 * i * i));
    const [expectedReal, expectedImaginary] = transform(real, imaginary);
    fft(length).forward(real, imaginary);
    for (let k = 0; k < length; k++) {
      expect(real[k]).toBeCloseTo(expectedReal[k]!, 9);
      expect(imaginary[k]).toBeCloseTo(expectedImaginary[k]!, 9);
    }
  });

  it('comes back through its inverse at any length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), (length) => {
        const real = Float64Array.from({ length }, (_, i) => Math.sin(i * i));
        const imaginary = Float64Array.from({ length }, (_, i) => Math.cos(7 * i));
        const before = [real.slice(), imaginary.slice()];
        fft(length).forward(real, imaginary);
        fft(length).inverse(real, imaginary);
        for (let k = 0; k < length; k++)
          if (Math.abs(real[k]! - before[0]![k]!) + Math.abs(imaginary[k]! - before[1]![k]!) > 1e-9)
            return false;
        return true;
      }),
      { seed: 20, numRuns: 60 },
    );
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses the length %s', (length) => {
    expect(() => fft(length)).toThrow(RangeError);
  });
});
