import { convexHull } from '../frames/convex-hull.ts';
import type { Mask } from './chamber-masks.ts';
import { cleanMask, outlinePixels } from './clean-mask.ts';

/** The convex hull of a mask's largest piece: the pixels whose centres lie in it. Undefined for an empty mask. */
export function hullMask(mask: Mask): Mask | undefined {
  const clean = cleanMask(mask);
  if (clean === undefined) return undefined;
  const { rows, columns } = mask;
  const hull = convexHull(
    outlinePixels(clean).map((at) => ({ x: at % columns, y: Math.floor(at / columns) })),
  );
  const left = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  const right = new Float64Array(rows).fill(Number.NEGATIVE_INFINITY);
  hull.forEach((a, i) => {
    const b = hull[(i + 1) % hull.length]!;
    for (let y = Math.min(a.y, b.y); y <= Math.max(a.y, b.y); y++) {
      const xs = a.y === b.y ? [a.x, b.x] : [a.x + ((y - a.y) * (b.x - a.x)) / (b.y - a.y)];
      left[y] = Math.min(left[y]!, ...xs);
      right[y] = Math.max(right[y]!, ...xs);
    }
  });
  const pixels = clean.pixels;
  // The corners are whole numbers, so an edge misses a centre that it runs through by rounding only.
  const rounding = 1e-9;
  for (let y = 0; y < rows; y++)
    if (left[y]! <= right[y]!)
      pixels.fill(
        1,
        y * columns + Math.ceil(left[y]! - rounding),
        y * columns + Math.floor(right[y]! + rounding) + 1,
      );
  return { rows, columns, pixels };
}
