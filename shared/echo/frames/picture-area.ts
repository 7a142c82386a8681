import type { Instance } from '../dicom/instance.ts';
import { isInside } from '../dicom/region.ts';
import { findFan } from './fan.ts';

/** What of a picture is ultrasound; the rest may hold burned-in names and is blanked. */
export interface PictureArea {
  /** Where the area comes from; `none`: nothing was found, and all is blanked. */
  readonly from: 'regions' | 'fan' | 'top-tenth' | 'none';
  /** `[row, column]`, 1 inside. */
  readonly mask: Uint8Array;
}

/** Regions that hold a picture or a trace (PS3.3 C.8.5.5.1.1); 0 is the screen around them, 5 graphics. */
const pictured = new Set([1, 2, 3, 4]);

/**
 * The area of an instance's frames that is kept: the ultrasound regions of its header, or, without any that lie inside
 * the picture, the fan found in `grey` (a frame of `rows * columns` pixels). `top-tenth` is the published system's way:
 * the top tenth of the rows goes, all else stays.
 */
export function pictureArea(
  instance: Pick<Instance, 'rows' | 'columns' | 'regions'>,
  grey: Uint8Array,
  method: 'regions-or-fan' | 'top-tenth' = 'regions-or-fan',
): PictureArea {
  const rows = instance.rows!;
  const columns = instance.columns!;
  const mask = new Uint8Array(rows * columns);
  if (method === 'top-tenth') {
    mask.fill(1, Math.floor(rows / 10) * columns);
    return { from: 'top-tenth', mask };
  }
  const regions = instance.regions.filter((region) => pictured.has(region.spatialFormat ?? 0));
  if (regions.length > 0 && regions.every((region) => isInside(region, rows, columns))) {
    for (const { minX0, minY0, maxX1, maxY1 } of regions)
      for (let row = minY0!; row <= Math.min(rows - 1, maxY1!); row++)
        mask.fill(1, row * columns + minX0!, row * columns + Math.min(columns, maxX1! + 1));
    return { from: 'regions', mask };
  }
  const fan = findFan(grey, rows, columns);
  return fan === undefined ? { from: 'none', mask } : { from: 'fan', mask: fan };
}

/** Blanks what is outside the area, in place: grey `[row, column]`. */
export function blankOutside(grey: Uint8Array, { mask }: PictureArea): void {
  for (let i = 0; i < mask.length; i++) if (mask[i] === 0) grey[i] = 0;
}
