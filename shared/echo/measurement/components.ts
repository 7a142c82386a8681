import type { Mask } from './chamber-masks.ts';

/**
 * The connected areas of a mask, by the indices of their pixels in the order of their first pixels. Pixels that touch
 * at a corner are connected, as OpenCV's contours have it.
 */
export function components({ rows, columns, pixels }: Mask): Int32Array[] {
  const seen = new Uint8Array(pixels.length);
  const queue = new Int32Array(pixels.length);
  const found: Int32Array[] = [];
  for (let seed = 0; seed < pixels.length; seed++) {
    if (pixels[seed] === 0 || seen[seed] === 1) continue;
    let count = 1;
    queue[0] = seed;
    seen[seed] = 1;
    for (let next = 0; next < count; next++) {
      const pixel = queue[next]!;
      const row = Math.floor(pixel / columns);
      const column = pixel - row * columns;
      const top = Math.max(0, row - 1);
      const bottom = Math.min(rows - 1, row + 1);
      const left = Math.max(0, column - 1);
      const right = Math.min(columns - 1, column + 1);
      for (let y = top; y <= bottom; y++)
        for (let at = y * columns + left; at <= y * columns + right; at++) {
          if (pixels[at] === 0 || seen[at] === 1) continue;
          seen[at] = 1;
          queue[count++] = at;
        }
    }
    found.push(queue.slice(0, count));
  }
  return found;
}
