import type { Mask } from './chamber-masks.ts';
import type { PixelSize } from './geometry.ts';
import { type LongAxis, longAxis } from './long-axis.ts';

/** Disks that a chamber is cut into (Lang et al. 2015). */
export const diskCount = 20;

/** A chamber at one moment as a stack of disks. Lengths in the unit of the pixel size (cm). */
export interface Disks {
  /** Mean diameter of each disk, base first. */
  readonly diameters: readonly number[];
  /** Thickness of a disk. */
  readonly thickness: number;
}

/** A chamber in one frame by the method of disks. Lengths in the unit of the pixel size (cm), volumes in its cube (mL). */
export interface DiskVolume extends Disks {
  readonly volume: number;
  /** From the middle of the annulus to the apex. */
  readonly length: number;
  /** Of the mask, in the square of the unit. */
  readonly area: number;
  readonly axis: LongAxis;
}

/**
 * Volume of a chamber by the single-plane method of disks (modified Simpson): the mask is cut across its long axis into
 * 20 slices of equal thickness, each taken as a disk as wide as the slice is on average. The slices cover the whole
 * mask, also what bulges beyond the annulus. Source: Lang et al. 2015, J Am Soc Echocardiogr 28:1.
 * @param mask in one piece (`cleanMask`)
 * @param neighbour the chamber at the other side of the mitral annulus, which shows where the annulus is
 * @returns undefined for a mask without extent
 */
export function diskVolume(
  mask: Mask,
  pixel: PixelSize,
  neighbour?: Mask,
  end: 'farthest' | 'opposite' = 'farthest',
): DiskVolume | undefined {
  const axis = longAxis(mask, pixel, neighbour, end);
  if (axis === undefined) return undefined;
  const { base, apex } = axis;
  const span = Math.hypot(apex.x - base.x, apex.y - base.y);
  if (span === 0) return undefined;
  const direction = { x: (apex.x - base.x) / span, y: (apex.y - base.y) / span };
  const { columns, pixels } = mask;
  const heightOf = (at: number): number => {
    const row = Math.floor(at / columns);
    const x = (at - row * columns + 0.5) * pixel.x - base.x;
    return x * direction.x + ((row + 0.5) * pixel.y - base.y) * direction.y;
  };
  let count = 0;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < pixels.length; at++) {
    if (pixels[at] === 0) continue;
    const height = heightOf(at);
    count++;
    lowest = Math.min(lowest, height);
    highest = Math.max(highest, height);
  }
  // A pixel reaches this far from its centre along the axis.
  const reach = (Math.abs(direction.x) * pixel.x + Math.abs(direction.y) * pixel.y) / 2;
  const thickness = (highest - lowest + 2 * reach) / diskCount;
  const areas = new Float64Array(diskCount);
  const pixelArea = pixel.x * pixel.y;
  for (let at = 0; at < pixels.length; at++) {
    if (pixels[at] === 0) continue;
    // Each pixel is shared out among the slices that it lies in, so that thin slices of coarse masks stay smooth.
    const from = (heightOf(at) - lowest) / thickness;
    const to = from + (2 * reach) / thickness;
    for (let disk = Math.floor(from); disk < Math.min(to, diskCount); disk++)
      areas[disk]! += (pixelArea * (Math.min(to, disk + 1) - Math.max(from, disk))) / (to - from);
  }
  // The ends of the axis are centres of pixels of the outline, whose other halves belong to the chamber.
  const length = span + 2 * reach;
  const diameters = Array.from(areas, (area) => area / thickness);
  const volume = diameters.reduce((sum, diameter) => sum + (Math.PI / 4) * diameter ** 2 * thickness, 0);
  return { volume, length, area: count * pixelArea, diameters, thickness, axis };
}
