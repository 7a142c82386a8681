import type { Mask } from './chamber-masks.ts';
import { diskVolume } from './disk-volume.ts';
import type { PixelSize } from './geometry.ts';

/** A left atrium in one frame; lengths in cm, volumes in mL. */
export interface LeftAtrialVolume {
  /** 8 / (3 pi) area^2 / length. */
  readonly areaLength: number;
  /** By the method of disks. */
  readonly disks: number;
  /** From the middle of the annulus to the back wall. */
  readonly length: number;
  readonly area: number;
}

/**
 * Volume of the left atrium in one plane, by area and length and by the method of disks. Source: Lang et al. 2015,
 * J Am Soc Echocardiogr 28:1.
 * @param atrium in one piece (`cleanMask`)
 */
export function leftAtrialVolume(
  atrium: Mask,
  pixel: PixelSize,
  ventricle?: Mask,
): LeftAtrialVolume | undefined {
  const disks = diskVolume(atrium, pixel, ventricle, 'opposite');
  if (disks === undefined) return undefined;
  const { area, length, volume } = disks;
  return { areaLength: ((8 / (3 * Math.PI)) * area ** 2) / length, disks: volume, length, area };
}
