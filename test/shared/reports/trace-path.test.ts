import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tracePath } from '../../../shared/reports/trace-path.ts';

/** Corner points of a path of absolute and relative moves, in millimetres. */
function points(path: string): [number, number][][] {
  return [...path.matchAll(/M(-?\d+) (-?\d+)l([-\d ]*)/g)].map(([, x, y, moves]) => {
    let at: [number, number] = [Number(x), Number(y)];
    const line = [at];
    const numbers = [...moves!.matchAll(/-?\d+/g)].map((match) => Number(match[0]));
    for (let i = 0; i < numbers.length; i += 2) {
      at = [at[0] + numbers[i]!, at[1] + numbers[i + 1]!];
      line.push(at);
    }
    return line.map(([px, py]) => [px / 100, py / 100]);
  });
}

describe('tracePath', () => {
  it('stays within a tenth of a millimetre of every sample', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 300 }),
        (heights) => {
          const step = 0.05;
          const [line] = points(tracePath(heights, step, 7, 30)) as [[number, number][]];
          let segment = 0;
          for (const [i, height] of heights.entries()) {
            const x = 7 + i * step;
            while (segment < line.length - 2 && line[segment + 1]![0] < x - 1e-9) segment++;
            const [x0, y0] = line[segment]!;
            const [x1, y1] = line[segment + 1] ?? line[segment]!;
            const y = x1 === x0 ? y0 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
            // Steep lines: rounding to a hundredth of a millimetre across tilts them along.
            const slope = x1 === x0 ? 0 : Math.abs((y1 - y0) / (x1 - x0));
            if (Math.abs(30 - height - y) > 0.1 + 0.01 * slope) return false;
          }
          return true;
        },
      ),
      { seed: 25, numRuns: 300 },
    );
  });

  it('draws a flat line with two points, whatever its length', () => {
    expect(points(tracePath(new Float32Array(5000), 0.05, 0, 10))).toEqual([
      [
        [0, 10],
        [249.95, 10],
      ],
    ]);
  });

  it('keeps a spike of one sample', () => {
    const heights = new Float32Array(101);
    heights[50] = 12;
    const [line] = points(tracePath(heights, 0.05, 0, 20));
    expect(Math.min(...line!.map(([, y]) => y))).toBe(8);
  });

  it('breaks at missing samples and draws a lone one as a dot', () => {
    const path = tracePath([1, 1, Number.NaN, 2, Number.NaN, Number.NaN, 3, 3], 1, 0, 0);
    expect(points(path)).toEqual([
      [
        [0, -1],
        [1, -1],
      ],
      [
        [3, -2],
        [3, -2],
      ],
      [
        [6, -3],
        [7, -3],
      ],
    ]);
  });
});
