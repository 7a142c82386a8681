import type { FrameFigures, OutlineQuality } from './frame-figures.ts';
import type { Geometry } from './geometry.ts';
import { percentile } from './spread.ts';

/** Beats a minute; the fastest heart for which a leap of volume is told from its beating. */
const fastestHeart = 150;
/** Frames a beat from which leaps can be told. */
const framesToTell = 12;
/** Relative to the median of the frames around. */
const leap = 0.25;
/** The net's mean probability inside the chambers. */
const leastConfidence = 0.6;

/**
 * Which frames have a sound outline of the left ventricle: in one piece, without large holes, not cut off by the edge of
 * the picture, seen with confidence, and of a volume that does not leap away from that of the frames around it (an
 * eighth of a beat to either side, within which no heart changes by a quarter; told only where frames are close enough).
 */
export function soundFrames(figures: readonly FrameFigures[], geometry: Geometry): boolean[] {
  const framesPerBeat = 60_000 / (geometry.heartRate ?? fastestHeart) / geometry.frameTimeMs;
  const reach = framesPerBeat < framesToTell ? 0 : Math.floor(framesPerBeat / 8);
  return figures.map(({ lv, confidence }, frame) => {
    if (lv === null || !isWhole(lv.quality) || (confidence ?? 1) < leastConfidence) return false;
    const around = figures
      .slice(Math.max(0, frame - reach), frame + reach + 1)
      .flatMap((near) => (near.lv === null ? [] : [near.lv.volume]));
    const typical = percentile(around, 50);
    return reach === 0 || Math.abs(lv.volume - typical) <= leap * typical;
  });
}

const isWhole = ({ largestShare, holeShare, borderShare }: OutlineQuality): boolean =>
  largestShare >= 0.8 && holeShare <= 0.15 && borderShare <= 0.15;
