import { describe, expect, it } from 'vitest';
import { labelMap } from '../../../../shared/echo/frames/label-map.ts';

/** Two labels on a grid of size x size: the second right of a line at `share` of the width, linear across it. */
function halves(size: number, share: number): Float32Array {
  return Float32Array.from({ length: size * size * 2 }, (_, i) => {
    const column = Math.floor(i / 2) % size;
    const second = Math.min(1, Math.max(0, 0.5 + (column + 0.5 - share * size) / 2));
    return i % 2 === 1 ? second : 1 - second;
  });
}

describe('labelMap', () => {
  it('gives the largest label of each pixel at the same size', () => {
    const probabilities = Float32Array.of(0.2, 0.8, 0.9, 0.1, 0.5, 0.5, 0.3, 0.7);
    expect([...labelMap(probabilities, { size: 2, labels: 2 }, 2, 2)]).toEqual([1, 0, 0, 1]);
  });

  it.each([
    [8, 100, 0.4],
    [16, 37, 0.61],
    [32, 12, 0.3],
  ])('finds a border of a grid of %i pixels within one of %i', (size, columns, share) => {
    const map = labelMap(halves(size, share), { size, labels: 2 }, 3, columns);
    for (let row = 0; row < 3; row++) {
      const line = [...map.subarray(row * columns, (row + 1) * columns)];
      expect(Math.abs(line.indexOf(1) - share * columns)).toBeLessThanOrEqual(1);
    }
  });
});
