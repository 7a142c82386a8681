import type { Point } from '../frames/convex-hull.ts';
import type { Mask } from './chamber-masks.ts';
import { diskCount } from './disk-volume.ts';
import type { PixelSize } from './geometry.ts';
import type { LongAxis } from './long-axis.ts';

/** A straight line over a mask, in its pixels from the upper left corner. */
export interface Chord {
  readonly from: Point;
  readonly to: Point;
}

/**
 * The lines by which a reader follows the method of disks: the long axis, and across it the widths of the chamber in the
 * middle of each of the 20 disks into which `diskVolume` cuts it.
 * @param mask in one piece (`cleanMask`)
 * @param axis in the unit of the pixel size, as `diskVolume` gives it
 * @returns the axis first, then the disks, base first; disks whose middle holds no pixel are left out
 */
export function diskChords({ columns, pixels }: Mask, { base, apex }: LongAxis, pixel: PixelSize): Chord[] {
  const span = Math.hypot(apex.x - base.x, apex.y - base.y);
  const along = { x: (apex.x - base.x) / span, y: (apex.y - base.y) / span };
  const inside: { height: number; aside: number }[] = [];
  for (let at = 0; at < pixels.length; at++) {
    if (pixels[at] === 0) continue;
    const row = Math.floor(at / columns);
    const x = (at - row * columns + 0.5) * pixel.x - base.x;
    const y = (row + 0.5) * pixel.y - base.y;
    inside.push({ height: x * along.x + y * along.y, aside: y * along.x - x * along.y });
  }
  const reach = (Math.abs(along.x) * pixel.x + Math.abs(along.y) * pixel.y) / 2;
  const lowest =
    inside.reduce((least, { height }) => Math.min(least, height), Number.POSITIVE_INFINITY) - reach;
  const highest = inside.reduce((most, { height }) => Math.max(most, height), 0) + reach;
  const thickness = (highest - lowest) / diskCount;
  const place = (height: number, aside: number): Point => ({
    x: (base.x + height * along.x - aside * along.y) / pixel.x,
    y: (base.y + height * along.y + aside * along.x) / pixel.y,
  });
  const disks = Array.from({ length: diskCount }, (_, disk): Chord | undefined => {
    const middle = lowest + (disk + 0.5) * thickness;
    const across = inside.filter(({ height }) => Math.abs(height - middle) <= reach);
    if (across.length === 0) return undefined;
    const sides = across.map(({ aside }) => aside);
    return { from: place(middle, Math.min(...sides)), to: place(middle, Math.max(...sides)) };
  });
  return [{ from: place(0, 0), to: place(span, 0) }, ...disks.filter((disk) => disk !== undefined)];
}
