import type { Mask } from '../measurement/chamber-masks.ts';
import type { Point } from './chord-polygon.ts';

/**
 * The pixels whose centres lie within a closed polygon (even-odd rule), so that the area is neither too large nor too
 * small by half an outline. What lies outside of the picture is left out.
 */
export function fillPolygon(polygon: readonly Point[], rows: number, columns: number): Mask {
  const pixels = new Uint8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const crossings: number[] = [];
    for (let i = 0; i < polygon.length; i++) {
      const [x1, y1] = polygon[i]!;
      const [x2, y2] = polygon[(i + 1) % polygon.length]!;
      // A corner belongs to the edge that begins at it, so that it is counted once.
      if (y1 <= row === y2 <= row) continue;
      crossings.push(x1 + ((row - y1) / (y2 - y1)) * (x2 - x1));
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const from = Math.max(0, Math.ceil(crossings[i]!));
      const to = Math.min(columns, Math.ceil(crossings[i + 1]!));
      if (to > from) pixels.fill(1, row * columns + from, row * columns + to);
    }
  }
  return { rows, columns, pixels };
}
