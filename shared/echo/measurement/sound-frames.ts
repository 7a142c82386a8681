import { bridged } from './bridged.ts';
import type { FrameFigures, OutlineQuality } from './frame-figures.ts';
import type { Geometry } from './geometry.ts';
import { heartPeriod } from './heart-period.ts';
import { percentile } from './spread.ts';

/** Beats a minute; taken where neither the curve nor the header tells, so that no beat is mistaken for a leap. */
const fastestHeart = 150;
/** Frames a beat from which leaps can be told. */
const framesToTell = 12;
/** Seconds; slow hearts eject no slower. */
const longestReach = 0.1;
/** Of the cine's median volume, from the median of the frames around. */
const leap = 0.25;
/** The net's mean probability inside the chambers. */
const leastConfidence = 0.6;

/**
 * Which frames have a sound outline of the left ventricle: in one piece, without large holes, not cut off by the edge of
 * the picture, seen with confidence, and of a volume that does not leap away from that of the frames around it (an
 * eighth of a beat or 0.1 s to either side, about whose middle no heart is a quarter of its volume off; told only where frames are
 * close enough).
 */
export function soundFrames(figures: readonly FrameFigures[], geometry: Geometry): boolean[] {
  const volumes = figures.map(({ lv, confidence }) =>
    lv !== null && isWhole(lv.quality) && (confidence ?? 1) >= leastConfidence ? lv.volume : null,
  );
  const frameTime = geometry.frameTimeMs / 1000;
  const period =
    heartPeriod(bridged(volumes), frameTime, geometry.heartRate) ?? 60 / (geometry.heartRate ?? fastestHeart);
  const reach =
    period / frameTime < framesToTell ? 0 : Math.floor(Math.min(period / 8, longestReach) / frameTime);
  const usual = percentile(
    volumes.filter((volume) => volume !== null),
    50,
  );
  return volumes.map((volume, frame) => {
    if (volume === null) return false;
    const around = volumes
      .slice(Math.max(0, frame - reach), frame + reach + 1)
      .filter((near) => near !== null);
    const typical = percentile(around, 50);
    return reach === 0 || Math.abs(volume - typical) <= leap * usual;
  });
}

const isWhole = ({ largestShare, holeShare, borderShare }: OutlineQuality): boolean =>
  largestShare >= 0.8 && holeShare <= 0.15 && borderShare <= 0.15;
