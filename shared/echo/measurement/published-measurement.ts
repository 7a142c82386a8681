import type { Instance } from '../dicom/instance.ts';
import { argsort } from './argsort.ts';
import type { Mask } from './chamber-masks.ts';
import { hullMask } from './hull-mask.ts';
import { nearest } from './nearest.ts';
import { type Recommendation, recommendation } from './recommendation.ts';
import { percentile } from './spread.ts';

/** What the published measurement takes from a header; defaults are named. */
export interface PublishedGeometry {
  readonly rows: number;
  readonly columns: number;
  /** Centimetres a pixel; null when no region gives them. */
  readonly deltaX: number | null;
  readonly deltaY: number | null;
  readonly frameTimeMs: number;
  /** Beats a minute. */
  readonly heartRate: number;
  /** Figures the header does not give (or, for the heart rate, gives below 40). */
  readonly defaults: readonly ('frame-time' | 'heart-rate')[];
}

/** The published measurement of a cine: volumes in mL, NaN-free; a figure without a window that allows it is null. */
export interface PublishedMeasurement {
  /** VTD(MDD-ps4). */
  readonly lvedv: number | null;
  /** VTS(MDD-ps4). */
  readonly lvesv: number | null;
  /** FE(MDD-ps4), percent. */
  readonly ef: number | null;
  readonly lavol: number | null;
  /** Length of the ventricle at end-diastole, cm. */
  readonly length: number | null;
  /** Milliseconds from the smallest ventricle to half of its filling. */
  readonly diastoleTime: number | null;
  readonly recommendation: Recommendation | null;
  /** Windows that were measured. */
  readonly windows: number;
  /** Areas of the ventricle and atrium by frame, mask pixels, after the rolling median. */
  readonly lvAreas: readonly number[];
  readonly laAreas: readonly number[];
}

const leastDelta = 0.012;
const leastHeartRate = 40;
const defaultHeartRate = 70;
const defaultFrameTime = 1000 / 30;

/** Masks of a cine that are made when they are asked for, so that it need not be in memory as a whole. */
export interface FramesOfMasks {
  readonly frames: number;
  mask(chamber: 'lv' | 'la', frame: number): Mask;
}

/** Scale of an instance as the published system reads it: the smallest delta above 0.012 among all regions. */
export function publishedGeometry(instance: Instance): PublishedGeometry {
  const smallest = (deltas: readonly (number | null)[]): number | null => {
    const usable = deltas.map((delta) => Math.abs(delta ?? 0)).filter((delta) => delta > leastDelta);
    return usable.length === 0 ? null : Math.min(...usable);
  };
  const { frameTime, cineRate, heartRate } = instance;
  const measured = frameTime ?? (cineRate === null ? null : 1000 / cineRate);
  const isBeating = heartRate !== null && heartRate >= leastHeartRate;
  return {
    rows: instance.rows ?? 0,
    columns: instance.columns ?? 0,
    deltaX: smallest(instance.regions.map(({ deltaX }) => deltaX)),
    deltaY: smallest(instance.regions.map(({ deltaY }) => deltaY)),
    frameTimeMs: measured ?? defaultFrameTime,
    heartRate: isBeating ? heartRate : defaultHeartRate,
    defaults: [
      ...(measured === null ? (['frame-time'] as const) : []),
      ...(isBeating ? [] : (['heart-rate'] as const)),
    ],
  };
}

/**
 * Measures a cine as usal_echo does: areas of the cleaned masks, windows of nine tenths of a beat every half beat, in
 * each 0.85 area^2 / length at percentiles of the areas, percentiles over the windows. Beside it stands `measureCine`,
 * which follows the guideline; this one is for comparing with the published system. Its frames ran backwards in time for
 * a wrong axis; here they run forwards, which changes the time of diastole and what the windows hold.
 * Without spacing there are no volumes, and ejection fraction is from square pixels.
 */
export function publishedMeasurement(
  { frames, mask }: FramesOfMasks,
  geometry: PublishedGeometry,
): PublishedMeasurement {
  const cleaned: Cleaned = (chamber, frame) => hullMask(mask(chamber, frame));
  const areas = { lv: [] as number[], la: [] as number[] };
  for (let frame = 0; frame < frames; frame++)
    for (const chamber of ['lv', 'la'] as const) areas[chamber].push(areaOf(cleaned(chamber, frame)));
  const lvAreas = rollingMedian(areas.lv);
  const laAreas = rollingMedian(areas.la);
  const beat = Math.floor(60 / geometry.heartRate / (geometry.frameTimeMs / 1000));
  const measured = windowsOf(frames, beat).map(({ from, to }) =>
    measureWindow({ from, to, lvAreas, laAreas, cleaned, geometry }),
  );
  const over = (
    percent: number,
    of: (window: WindowMeasurement) => number | null,
    kept: Range,
  ): number | null => {
    const values = measured
      .map(of)
      .filter((value) => value !== null && value > kept.above && value < kept.below) as number[];
    return values.length === 0 ? null : percentile(values, percent);
  };
  const isScaled = geometry.deltaX !== null && geometry.deltaY !== null;
  const scaled = <T>(value: T): T | null => (isScaled ? value : null);
  const ef = over(90, (window) => window.ef, { above: 10, below: 80 });
  const any = { above: 0, below: Number.POSITIVE_INFINITY };
  return {
    lvedv: scaled(over(90, ({ lvedv }) => lvedv, { above: 20, below: 600 })),
    lvesv: scaled(over(50, ({ lvesv }) => lvesv, { above: 0, below: 600 })),
    ef,
    lavol: scaled(over(75, ({ lavol }) => lavol, { above: 10, below: 300 })),
    length: scaled(over(50, ({ length }) => length, any)),
    diastoleTime: over(50, ({ diastoleTime }) => diastoleTime, { above: 100, below: 400 }),
    recommendation: ef === null ? null : recommendation(ef),
    windows: measured.length,
    lvAreas,
    laAreas,
  };
}

interface Range {
  readonly above: number;
  readonly below: number;
}

/**
 * The published cleaning: largest piece, then its convex hull. Before it come a bilateral filter (11, 17, 17) and a
 * threshold at 200, which leave a picture of 0 and 255 as it is: a neighbour of the other value weighs
 * exp(-255^2 / (2 17^2)), less than the smallest single-precision number.
 */
type Cleaned = (chamber: 'lv' | 'la', frame: number) => Mask | undefined;

function areaOf(mask: Mask | undefined): number {
  let area = 0;
  if (mask !== undefined) for (const pixel of mask.pixels) area += pixel;
  return area;
}

/** Median of four frames, two before and one after; the ends take the nearest that has all four. */
function rollingMedian(values: readonly number[]): number[] {
  if (values.length < 4) return [...values];
  return values.map((_, i) => {
    const centre = Math.min(values.length - 2, Math.max(2, i));
    return percentile(values.slice(centre - 2, centre + 2), 50);
  });
}

/** Windows of nine tenths of a beat every half beat; the last ones are kept when longer than eight tenths. */
function windowsOf(frames: number, beat: number): { from: number; to: number }[] {
  const windows: { from: number; to: number }[] = [];
  const step = Math.max(1, Math.floor(beat / 2));
  for (let from = 0; from < frames; from += step) {
    const to = Math.min(frames, from + Math.floor(0.9 * beat));
    if (to - from > 0.8 * beat) windows.push({ from, to });
  }
  return windows;
}

interface WindowMeasurement {
  readonly lvedv: number | null;
  readonly lvesv: number | null;
  readonly ef: number | null;
  readonly lavol: number | null;
  readonly length: number | null;
  readonly diastoleTime: number | null;
}

function measureWindow(window: {
  from: number;
  to: number;
  lvAreas: readonly number[];
  laAreas: readonly number[];
  cleaned: Cleaned;
  geometry: PublishedGeometry;
}): WindowMeasurement {
  const { from, to, cleaned, geometry } = window;
  const frameAt = (areas: readonly number[], share: number): number => {
    const order = argsort(areas.slice(from, to));
    return from + order[Math.floor(share * order.length)]!;
  };
  const atSize = (chamber: 'lv' | 'la', frame: number): Mask | undefined => {
    const mask = cleaned(chamber, frame);
    return mask && nearest(mask, geometry.rows, geometry.columns);
  };
  const diastolic = frameAt(window.lvAreas, 0.9);
  const ventricle = atSize('lv', diastolic);
  const contracted = atSize('lv', frameAt(window.lvAreas, 0.1));
  const atrialFrame = frameAt(window.laAreas, 0.8);
  const atrium = atSize('la', atrialFrame);
  // Each chamber's length runs along the other's axis: that is how the published system has it.
  const slope = slopeOf(atSize('la', frameAt(window.laAreas, 0.9)));
  const lvedv = areaLength(ventricle, slope, geometry);
  const lvesv = areaLength(contracted, slope, geometry);
  const lavol = areaLength(atrium, slopeOf(atSize('lv', atrialFrame)), geometry);
  return {
    lvedv: lvedv?.volume ?? null,
    lvesv: lvesv?.volume ?? null,
    ef: lvedv && lvesv ? (100 * (lvedv.volume - lvesv.volume)) / lvedv.volume : null,
    lavol: lavol?.volume ?? null,
    length: lvedv?.length ?? null,
    diastoleTime: diastoleTime(window.lvAreas.slice(from, to), geometry.frameTimeMs),
  };
}

/** Slope (column on row) of the straight line fitted to the pixels of a mask; undefined without two rows. */
function slopeOf(mask: Mask | undefined): number | undefined {
  if (mask === undefined) return undefined;
  const { columns, pixels } = mask;
  let count = 0;
  let rows = 0;
  let across = 0;
  let squares = 0;
  let products = 0;
  for (let at = 0; at < pixels.length; at++) {
    if (pixels[at] === 0) continue;
    const row = Math.floor(at / columns);
    const column = at - row * columns;
    count++;
    rows += row;
    across += column;
    squares += row * row;
    products += row * column;
  }
  const variance = count * squares - rows * rows;
  return variance > 0 ? (count * products - rows * across) / variance : undefined;
}

/** 0.85 area^2 / length, the length along a line of this slope from the first to the last row of the mask. */
function areaLength(
  mask: Mask | undefined,
  slope: number | undefined,
  { deltaX, deltaY }: PublishedGeometry,
): { volume: number; length: number } | undefined {
  if (mask === undefined || slope === undefined) return undefined;
  const { columns, pixels } = mask;
  const height = Math.floor(pixels.lastIndexOf(1) / columns) - Math.floor(pixels.indexOf(1) / columns);
  if (height === 0) return undefined;
  const x = deltaX ?? 1;
  const y = deltaY ?? 1;
  const length = Math.hypot(height * y, height * slope * x);
  return { volume: (0.85 * (areaOf(mask) * x * y) ** 2) / length, length };
}

/** From the first smallest area to the first after it above the middle of the window's range, in milliseconds. */
function diastoleTime(areas: readonly number[], frameTime: number): number | null {
  const least = Math.min(...areas);
  const middle = (least + Math.max(...areas)) / 2;
  const start = areas.indexOf(least);
  const end = areas.findIndex((area, i) => i > start && area > middle);
  return end < 0 ? null : (end - start) * frameTime;
}
