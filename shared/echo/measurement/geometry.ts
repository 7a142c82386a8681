import type { Instance } from '../dicom/instance.ts';
import type { Region } from '../dicom/region.ts';
import type { Doubt, Unmeasurable } from './unmeasurable.ts';

/** Size of one pixel step; centimetres, or of any unit where only the ratio is known. */
export interface PixelSize {
  readonly x: number;
  readonly y: number;
}

/** Scale of a cine in space and time, and where each figure comes from. */
export interface Geometry {
  /** Size of the picture that the masks cover, in the instance's pixels: all of it, unless it was cropped. */
  readonly rows: number;
  readonly columns: number;
  /** Centimetres of one pixel of the instance; null when unknown. */
  readonly spacing: PixelSize | null;
  /** Why `spacing` is null. */
  readonly spacingAbsent: Extract<Unmeasurable, 'no_spacing' | 'spacing_units' | 'region_outside'> | null;
  /** Height of a pixel relative to its width, known even from units other than centimetres; 1 where `assumed`. */
  readonly aspect: number;
  readonly aspectFrom: 'region' | 'assumed';
  /** Milliseconds from frame to frame. */
  readonly frameTimeMs: number;
  readonly frameTimeFrom: 'frame-time' | 'frame-time-vector' | 'cine-rate' | 'default';
  /** Beats a minute as the header says, null where it does not or says what no heart does. */
  readonly heartRate: number | null;
}

/** Frames a second where the header is silent, as the published system (usal_echo) has it. */
const defaultFrameRate = 30;
/** Centimetres; a depth of 4 to 30 cm over 100 to 4000 rows. */
const leastSpacing = 0.001;
const mostSpacing = 0.3;
/** Heart rates outside are slips of a keyboard or of a trigger. */
const slowest = 20;
const fastest = 300;

/**
 * Scale of an instance from its two-dimensional ultrasound region (the largest where there are several) and its frame
 * time. Physical Delta X and Y count when their units are centimetres (3), their size is one that a pixel can have, and the
 * region fits into the picture: pictures that were made smaller on their way often keep the regions, and with them the
 * scale, of the screen. Nothing is guessed but the frame time, and `...From` says so.
 */
export function geometryOf(instance: Instance): Geometry {
  const { spacing, spacingAbsent, aspect } = scaleOf(instance);
  const { heartRate } = instance;
  return {
    rows: instance.rows ?? 0,
    columns: instance.columns ?? 0,
    spacing,
    spacingAbsent,
    aspect: aspect ?? 1,
    aspectFrom: aspect === undefined ? 'assumed' : 'region',
    ...frameTimeOf(instance),
    heartRate: heartRate !== null && heartRate >= slowest && heartRate <= fastest ? heartRate : null,
  };
}

function frameTimeOf({
  frameTime,
  frameTimeVector,
  cineRate,
}: Instance): Pick<Geometry, 'frameTimeMs' | 'frameTimeFrom'> {
  if (isFrameTime(frameTime)) return { frameTimeMs: frameTime, frameTimeFrom: 'frame-time' };
  if (isFrameTime(frameTimeVector))
    return { frameTimeMs: frameTimeVector, frameTimeFrom: 'frame-time-vector' };
  const fromRate = cineRate === null ? null : 1000 / cineRate;
  if (isFrameTime(fromRate)) return { frameTimeMs: fromRate, frameTimeFrom: 'cine-rate' };
  return { frameTimeMs: 1000 / defaultFrameRate, frameTimeFrom: 'default' };
}

const doubtOf = {
  'frame-time': null,
  'frame-time-vector': 'frame_time_from_vector',
  'cine-rate': 'frame_time_from_rate',
  default: 'frame_time_default',
} as const satisfies Record<Geometry['frameTimeFrom'], Doubt | null>;

/** What is doubtful about the frame time; null for one that the header gives as such. */
export const frameTimeDoubt = ({ frameTimeFrom }: Geometry): Doubt | null => doubtOf[frameTimeFrom];

/** Between 1000 frames a second and 2 seconds a frame. */
function isFrameTime(ms: number | null): ms is number {
  return ms !== null && ms >= 1 && ms <= 2000;
}

function scaleOf({
  regions,
  rows,
  columns,
}: Instance): Pick<Geometry, 'spacing' | 'spacingAbsent'> & { aspect?: number } {
  const scaled = regions
    .filter(({ spatialFormat, deltaX, deltaY }) => spatialFormat === 1 && deltaX && deltaY)
    .sort((a, b) => area(b) - area(a))[0];
  if (scaled === undefined) return { spacing: null, spacingAbsent: 'no_spacing' };
  const x = Math.abs(scaled.deltaX!);
  const y = Math.abs(scaled.deltaY!);
  const aspect = y / x;
  if (scaled.unitsX !== scaled.unitsY || aspect < 1 / 4 || aspect > 4)
    return { spacing: null, spacingAbsent: 'spacing_units' };
  if ((scaled.maxX1 ?? 0) > (columns ?? 0) || (scaled.maxY1 ?? 0) > (rows ?? 0))
    return { spacing: null, spacingAbsent: 'region_outside', aspect };
  const isLength = scaled.unitsX === 3 && Math.min(x, y) >= leastSpacing && Math.max(x, y) <= mostSpacing;
  return isLength
    ? { spacing: { x, y }, spacingAbsent: null, aspect }
    : { spacing: null, spacingAbsent: 'spacing_units', aspect };
}

function area({ minX0, minY0, maxX1, maxY1 }: Region): number {
  return minX0 === null || minY0 === null || maxX1 === null || maxY1 === null
    ? 0
    : Math.max(0, maxX1 - minX0) * Math.max(0, maxY1 - minY0);
}

/** Size of a pixel of masks that cover the picture: centimetres, or multiples of a pixel's width without spacing. */
export function maskPixel(geometry: Geometry, masks: { rows: number; columns: number }): PixelSize {
  const { x, y } = geometry.spacing ?? { x: 1, y: geometry.aspect };
  return { x: (x * geometry.columns) / masks.columns, y: (y * geometry.rows) / masks.rows };
}
