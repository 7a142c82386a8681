import type { Mask } from './chamber-masks.ts';
import { type CleanMask, cleanMask } from './clean-mask.ts';
import { type DiskVolume, diskVolume } from './disk-volume.ts';
import type { PixelSize } from './geometry.ts';
import { type LeftAtrialVolume, leftAtrialVolume } from './left-atrial-volume.ts';

/** How sound the outline of one chamber in one frame is. */
export interface OutlineQuality {
  /** Connected pieces; only the largest is measured. */
  readonly fragments: number;
  /** Share of the mask in the largest piece. */
  readonly largestShare: number;
  /** Filled holes, relative to the chamber's area. */
  readonly holeShare: number;
  /** Share of the outline on the edge of the picture. */
  readonly borderShare: number;
}

/** What one frame gives; a cine is measured from these alone, so masks need not be kept. Units as `DiskVolume`. */
export interface FrameFigures {
  /** Null where the chamber is absent. */
  readonly lv: (DiskVolume & { readonly quality: OutlineQuality }) | null;
  readonly la: (LeftAtrialVolume & { readonly quality: OutlineQuality }) | null;
  /** The net's mean probability inside the chambers, where known. */
  readonly confidence: number | null;
}

/** A smaller chamber, in pixels, is a speck. */
const smallest = 30;

/**
 * Measures both chambers in one frame: largest pieces, holes filled, disks and area-length.
 * @param lv @param la masks of the same frame
 * @param pixel size of a mask's pixel (`maskPixel`)
 */
export function frameFigures(
  { lv, la, confidence = null }: { lv: Mask; la: Mask; confidence?: number | null },
  pixel: PixelSize,
): FrameFigures {
  const ventricle = chamber(lv);
  const atrium = chamber(la);
  const disks = ventricle && diskVolume(ventricle, pixel, atrium);
  const atrial = atrium && leftAtrialVolume(atrium, pixel, ventricle);
  return {
    lv: disks && ventricle ? { ...disks, quality: qualityOf(ventricle) } : null,
    la: atrial && atrium ? { ...atrial, quality: qualityOf(atrium) } : null,
    confidence,
  };
}

function chamber(mask: Mask): CleanMask | undefined {
  const clean = cleanMask(mask);
  return clean === undefined || clean.area < smallest ? undefined : clean;
}

const qualityOf = ({ fragments, largestShare, holeShare, borderShare }: CleanMask): OutlineQuality => ({
  fragments,
  largestShare,
  holeShare,
  borderShare,
});
