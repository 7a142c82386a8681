import { bridged } from './bridged.ts';
import { diskCount } from './disk-volume.ts';
import type { FrameFigures } from './frame-figures.ts';
import type { Geometry } from './geometry.ts';
import { heartPeriod } from './heart-period.ts';
import { smooth } from './smooth.ts';
import { percentile } from './spread.ts';

/** Seconds; where neither the curve nor the header tells how fast the heart beats. */
const usualPeriod = 0.8;
/**
 * Of a beat, and seconds at most: half the width of the parabolas that smooth over time. Slow hearts eject no slower, and a
 * ventricle rests at its smallest for some 0.07 s: wider parabolas, which weigh their ends negatively, dip below it.
 */
const smoothing = 0.08;
const longestSmoothing = 0.06;

/** The ventricle of every frame, smoothed over time. */
export interface FollowedVentricle {
  /** `[disk][frame]`, base first. */
  readonly diameters: readonly Float64Array[];
  readonly thickness: Float64Array;
  readonly lengths: Float64Array;
  readonly volumes: Float64Array;
  /** Standard deviation of the noise that smoothing leaves. */
  readonly noise: number;
  /** Seconds a beat. */
  readonly period: number;
}

/**
 * Follows the ventricle through the cine: frames with a poor outline are bridged by straight lines, then every disk is
 * smoothed over time by itself, so that volumes, lengths and the disks for a biplane volume agree with each other.
 */
export function followVentricle(
  figures: readonly FrameFigures[],
  sound: readonly boolean[],
  geometry: Geometry,
): FollowedVentricle {
  const frameTime = geometry.frameTimeMs / 1000;
  const curve = (of: (lv: NonNullable<FrameFigures['lv']>) => number): Float64Array =>
    bridged(figures.map(({ lv }, frame) => (sound[frame] && lv !== null ? of(lv) : null)));
  const volumes = curve((lv) => lv.volume);
  const rate = geometry.heartRate;
  const period = heartPeriod(volumes, frameTime, rate) ?? (rate === null ? usualPeriod : 60 / rate);
  const reach = Math.round(Math.min(smoothing * period, longestSmoothing) / frameTime);
  const diameters = Array.from({ length: diskCount }, (_, disk) =>
    smooth(
      curve((lv) => lv.diameters[disk]!),
      reach,
    ).map((diameter) => Math.max(0, diameter)),
  );
  const thickness = smooth(
    curve((lv) => lv.thickness),
    reach,
  );
  const smoothed = thickness.map(
    (height, frame) => (Math.PI / 4) * height * diameters.reduce((sum, disk) => sum + disk[frame]! ** 2, 0),
  );
  const errors = volumes.map((volume, frame) => Math.abs(volume - smoothed[frame]!));
  const lengths = smooth(
    curve((lv) => lv.length),
    reach,
  );
  return {
    diameters,
    thickness,
    lengths,
    volumes: smoothed,
    noise: remainingNoise(percentile(errors, 50), reach),
    period,
  };
}

/** Noise of a smoothed curve, from the median error of the raw one: a parabola through n values divides it by about sqrt(n) / 1.5. */
const remainingNoise = (medianError: number, reach: number): number =>
  (1.4826 * medianError * 1.5) / Math.sqrt(2 * reach + 1);
