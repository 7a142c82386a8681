import { describe, expect, it } from 'vitest';
import { resizer } from '../../../../shared/echo/frames/resize.ts';

function resized(grey: number[], rows: number, columns: number, toRows: number, toColumns: number): number[] {
  const into = new Uint8Array(toRows * toColumns);
  resizer(rows, columns, toRows, toColumns)(Uint8Array.from(grey), into);
  return [...into];
}

describe('resizer', () => {
  it('keeps a picture of the same size', () => {
    const grey = Array.from({ length: 35 }, (_, i) => (i * 37) % 256);
    expect(resized(grey, 5, 7, 5, 7)).toEqual(grey);
  });

  // OpenCV 4.6: cv2.resize(np.array([[0, 100, 200]], np.uint8), (6, 1)) and to (2, 1) with INTER_AREA.
  it('grows linearly between pixel centres', () => {
    expect(resized([0, 100, 200], 1, 3, 1, 6)).toEqual([0, 25, 75, 125, 175, 200]);
  });

  it('shrinks by area', () => {
    expect(resized([0, 100, 200], 1, 3, 1, 2)).toEqual([33, 167]);
    expect(resized([0, 10, 20, 30, 40, 50, 60, 70], 2, 4, 1, 2)).toEqual([25, 45]);
  });

  it('does each axis by itself', () => {
    expect(resized([10, 20, 30, 40, 50, 60, 70, 80], 4, 2, 2, 4)).toEqual([20, 23, 28, 30, 60, 63, 68, 70]);
  });

  it.each([
    [240, 320, 384, 384],
    [600, 800, 384, 384],
    [768, 1024, 224, 224],
    [1, 1, 384, 384],
    [384, 384, 1, 1],
    [3, 5000, 7, 2],
  ])('keeps a flat picture flat, %i x %i to %i x %i', (rows, columns, toRows, toColumns) => {
    for (const level of [0, 1, 128, 255]) {
      const out = resized(new Array(rows * columns).fill(level), rows, columns, toRows, toColumns);
      expect(new Set(out)).toEqual(new Set([level]));
    }
  });

  it('keeps the mean when it shrinks', () => {
    const grey = Array.from({ length: 600 * 800 }, (_, i) => (i * 7919) % 251);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(resized(grey, 600, 800, 200, 200))).toBeCloseTo(mean(grey), 0);
  });
});
