import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { luma } from '../../../../shared/echo/frames/luma.ts';
import type { Colour, Picture } from '../../../../shared/echo/frames/picture.ts';
import { withPixelKernel } from '../../../../shared/echo/frames/pixel-kernel.ts';
import { resizer } from '../../../../shared/echo/frames/resize.ts';
import { toGrey } from '../../../../shared/echo/frames/to-grey.ts';
import { toRgb } from '../../../../shared/echo/frames/to-rgb.ts';
import { Random } from '../../../../shared/random.ts';
import { seeds } from '../../../seeds.ts';

/** Noise that is the same for the same seed. */
function noise(length: number, seed: number): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length }, () => random.integer(256));
}

function picture(samples: Uint8Array, rows: number, columns: number, colour: Colour): Picture {
  return { rows, columns, samples, samplesPerPixel: 3, colour, bits: 8, signed: false };
}

/** The resampling that `resizer` promises, in doubles. */
function slowly(
  grey: Uint8Array,
  rows: number,
  columns: number,
  toRows: number,
  toColumns: number,
): number[] {
  const shares = (i: number, from: number, to: number): [number, number][] => {
    const scale = from / to;
    if (scale <= 1) {
      const centre = Math.min(from - 1, Math.max(0, (i + 0.5) * scale - 0.5));
      const left = Math.floor(centre);
      return [
        [left, 1 - (centre - left)],
        [Math.min(from - 1, left + 1), centre - left],
      ];
    }
    const list: [number, number][] = [];
    for (let at = 0; at < from; at++) {
      const part = Math.min(at + 1, (i + 1) * scale) - Math.max(at, i * scale);
      if (part > 0) list.push([at, part / scale]);
    }
    return list;
  };
  const out: number[] = [];
  for (let row = 0; row < toRows; row++)
    for (let column = 0; column < toColumns; column++) {
      let sum = 0;
      for (const [y, down] of shares(row, rows, toRows))
        for (const [x, across] of shares(column, columns, toColumns))
          sum += down * across * grey[y * columns + x]!;
      out.push(sum);
    }
  return out;
}

/** The largest difference of two pictures. */
function furthest(actual: Uint8Array, expected: readonly number[]): number {
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(actual[i]! - value)), 0);
}

describe.each(seeds)('the pixel kernel, seed %i', (seed) => {
  it('resizes as plain loops do, at any sizes', () => {
    const size = fc.integer({ min: 1, max: 70 });
    fc.assert(
      fc.property(size, size, size, size, fc.nat(), (rows, columns, toRows, toColumns, noiseSeed) => {
        const grey = noise(rows * columns, noiseSeed);
        const into = new Uint8Array(toRows * toColumns);
        resizer(rows, columns, toRows, toColumns)(grey, into);
        const expected = slowly(grey, rows, columns, toRows, toColumns);
        expect(furthest(into, expected)).toBeLessThan(0.7);
      }),
      { seed, numRuns: 150 },
    );
  });

  it('resizes as plain loops do where both axes grow and eight columns fit', () => {
    const from = fc.integer({ min: 8, max: 40 });
    fc.assert(
      fc.property(
        from,
        from,
        fc.integer({ min: 40, max: 60 }),
        fc.integer({ min: 5, max: 9 }),
        fc.nat(),
        (rows, columns, toRows, eights, noiseSeed) => {
          const grey = noise(rows * columns, noiseSeed);
          const into = new Uint8Array(toRows * 8 * eights);
          resizer(rows, columns, toRows, 8 * eights)(grey, into);
          const expected = slowly(grey, rows, columns, toRows, 8 * eights);
          expect(furthest(into, expected)).toBeLessThan(0.7);
        },
      ),
      { seed, numRuns: 100 },
    );
  });

  it('turns colours to grey and YBR to RGB as plain loops do', () => {
    for (const [rows, columns] of [
      [1, 1],
      [3, 5],
      [37, 53],
      [700, 800],
    ] as const) {
      const pixels = rows * columns;
      const samples = noise(3 * pixels, seed);
      const grey = new Uint8Array(pixels);
      toGrey(picture(samples, rows, columns, 'rgb'), undefined, grey);
      const wanted = new Uint8Array(pixels);
      for (let i = 0; i < pixels; i++)
        wanted[i] = luma(samples[3 * i]!, samples[3 * i + 1]!, samples[3 * i + 2]!);
      expect(Buffer.compare(grey, wanted)).toBe(0);
      toGrey(picture(samples, rows, columns, 'ybr'), undefined, grey);
      for (let i = 0; i < pixels; i++) wanted[i] = samples[3 * i]!;
      expect(Buffer.compare(grey, wanted)).toBe(0);

      const rgb = new Uint8Array(3 * pixels);
      toRgb(picture(samples, rows, columns, 'ybr'), undefined, rgb);
      let worst = 0;
      for (let i = 0; i < 3 * pixels; i += 3) {
        const [y, b, r] = [samples[i]!, samples[i + 1]! - 128, samples[i + 2]! - 128];
        const exact = [y + 1.402 * r, y - 0.344136 * b - 0.714136 * r, y + 1.772 * b];
        exact.forEach((value, colour) => {
          worst = Math.max(worst, Math.abs(rgb[i + colour]! - Math.min(255, Math.max(0, value))));
        });
      }
      expect(worst).toBeLessThan(1.1);
    }
  });

  it('unpacks what PackBits packed, whatever the stride, and stops at the end of its input', () => {
    const runs = fc.array(
      fc.oneof(
        fc
          .uint8Array({ minLength: 1, maxLength: 128 })
          .map((bytes) => ({ packed: [bytes.length - 1, ...bytes], plain: [...bytes] })),
        fc
          .tuple(fc.integer({ min: 2, max: 128 }), fc.nat(255))
          .map(([n, value]) => ({ packed: [257 - n, value], plain: new Array<number>(n).fill(value) })),
        fc.constant({ packed: [128], plain: [] as number[] }),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(runs, fc.integer({ min: 1, max: 3 }), fc.nat(20), (list, stride, missing) => {
        const packed = Uint8Array.from(list.flatMap((run) => run.packed));
        const plain = list.flatMap((run) => run.plain);
        const { done, bytes } = withPixelKernel(
          [packed.length, stride * (plain.length + 20)],
          (kernel, memory, [from, to]) => {
            memory.set(packed, from);
            const done = kernel.unpack(from!, packed.length, to!, plain.length + missing, stride);
            return { done, bytes: Array.from({ length: done }, (_, i) => memory[to! + i * stride]) };
          },
        );
        expect(done).toBe(plain.length);
        expect(bytes).toEqual(plain);
      }),
      { seed },
    );
  });
});
