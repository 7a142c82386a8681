import { percentile } from './spread.ts';

/** One contraction in a volume curve: the frames between which the ventricle empties. */
export interface BeatFrames {
  readonly endDiastole: number;
  readonly endSystole: number;
  /** One of the two is the first or last frame. */
  readonly atEdge: boolean;
}

/** A turn of the curve counts when it goes back by this share of the curve's range. */
const turn = 0.4;
/** Range relative to the level below which nothing beats. */
const leastRange = 0.06;
/** Range relative to the noise (standard deviation) below which nothing beats; noise alone has a range of 3.3. */
const leastRangeToNoise = 5;
/** The first or last value is taken for a turn when it comes this near, in ranges, to the turns within. */
const nearTurns = 0.08;
/** ... or, without turns within, when the curve is this flat there, relative to its steepest. */
const flat = 0.5;
/** Beats within from which those at the edges, which may be cut after all, are not needed. */
const enoughWhole = 2;

/**
 * The heartbeats in a ventricle's smoothed volume (or area) curve: an end-diastole is a maximum and the end-systole the
 * minimum after it; where a cine starts in systole, the end-diastole after. Turns smaller than 0.4 of the curve's range
 * (diastasis, atrial kick, noise) are none. The first and last frame count as a turn only when they look like one,
 * else the cine was cut within the stroke and its beat would come out too small.
 * @param curve one value a frame, smoothed @param noise standard deviation of what noise is left in it
 * @param period seconds a beat @param frameTime seconds
 */
export function findBeats(
  curve: Float64Array,
  noise: number,
  period: number,
  frameTime: number,
): BeatFrames[] {
  const range = percentile(curve, 95) - percentile(curve, 5);
  const level = percentile(curve, 50);
  if (!(range > leastRange * level) || range < leastRangeToNoise * noise) return [];
  const turns = judgeEdges(turnsOf(curve, turn * range), curve, range, period / frameTime);
  const beats: BeatFrames[] = [];
  turns.forEach((end, i) => {
    if (end.isMaximum) return;
    const before = turns[i - 1];
    const start = before ?? turns[i + 1];
    if (start === undefined) return;
    beats.push({
      endDiastole: start.frame,
      endSystole: end.frame,
      atEdge: start.isEdge || end.isEdge,
    });
  });
  const whole = beats.filter(({ atEdge }) => !atEdge);
  return whole.length >= enoughWhole ? whole : beats;
}

interface Turn {
  readonly frame: number;
  readonly isMaximum: boolean;
  readonly isEdge: boolean;
}

/** Alternating maxima and minima, each at least `least` from the next; the outermost may lie on an edge. */
function turnsOf(curve: Float64Array, least: number): Turn[] {
  const turns: Turn[] = [];
  const push = (frame: number, isMaximum: boolean): void => {
    turns.push({ frame, isMaximum, isEdge: frame === 0 || frame === curve.length - 1 });
  };
  let highest = 0;
  let lowest = 0;
  let rising: boolean | undefined;
  for (let i = 0; i < curve.length; i++) {
    if (curve[i]! > curve[highest]!) highest = i;
    if (curve[i]! < curve[lowest]!) lowest = i;
    if (rising !== false && curve[highest]! - curve[i]! >= least) {
      push(highest, true);
      rising = false;
      lowest = i;
    } else if (rising !== true && curve[i]! - curve[lowest]! >= least) {
      push(lowest, false);
      rising = true;
      highest = i;
    }
  }
  if (rising !== undefined) push(rising ? highest : lowest, rising);
  return turns;
}

/** Drops the turns on the first and last frame that are cuts within a stroke. */
function judgeEdges(turns: Turn[], curve: Float64Array, range: number, framesPerBeat: number): Turn[] {
  const within = (isMaximum: boolean): number[] =>
    turns.filter((one) => !one.isEdge && one.isMaximum === isMaximum).map(({ frame }) => curve[frame]!);
  return turns.filter((one, i) => {
    if (!one.isEdge) return true;
    const value = curve[one.frame]!;
    const others = within(one.isMaximum);
    if (others.length > 0) {
      const typical = percentile(others, 50);
      return one.isMaximum ? value >= typical - nearTurns * range : value <= typical + nearTurns * range;
    }
    const neighbour = turns[one.frame === 0 ? i + 1 : i - 1];
    return neighbour !== undefined && isFlat(curve, one.frame, neighbour.frame, framesPerBeat);
  });
}

/** Whether the curve is flat at an edge, compared with its steepest on the way to the next turn. */
function isFlat(curve: Float64Array, edge: number, next: number, framesPerBeat: number): boolean {
  const distance = Math.abs(next - edge);
  // Too coarse to tell.
  if (distance < 5) return true;
  const step = Math.max(1, Math.round(0.06 * framesPerBeat));
  const inward = Math.sign(next - edge);
  const fall = (at: number): number => Math.abs(curve[at + inward * step]! - curve[at]!);
  let steepest = 0;
  for (let k = 0; k + step <= distance; k++) steepest = Math.max(steepest, fall(edge + inward * k));
  return fall(edge) <= flat * steepest;
}
