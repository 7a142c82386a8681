import type { MedianBeat } from './median-beat.ts';

/** Positions in a median beat, in samples (fractions of one for T); undefined where a wave cannot be seen. */
export interface Delineation {
  readonly qrsOnset: number;
  readonly qrsEnd: number;
  readonly tPeak: number | undefined;
  readonly tEnd: number | undefined;
  readonly pOnset: number | undefined;
  readonly pEnd: number | undefined;
}

/** Share of the steepest slope of the complex below which it has not begun, and has ended. */
const onsetShare = 0.06;
const endShare = 0.05;
/** Share of the T wave's height to which it has fallen where it ends. */
const tEndShare = 0.04;
/** Seconds by which that may be later than where the tangent to the steepest descent meets the quiet after it. */
const beyondTangent = 0.03;
/** Share of the largest hump after the complex from which a later one is the T wave. */
const secondHump = 0.4;
/** Share of the P wave's height at which it begins and ends. */
const pOnsetShare = 0.08;
const pEndShare = 0.25;
/** How many times the slope of the quiet parts of the beat a complex must exceed. */
const aboveQuiet = 2.5;
/** Seconds for which the slope must stay small: notches inside a complex are shorter. */
const calm = 0.014;
/** Seconds to both sides of the R peak between which a complex begins and ends. */
const farthest = 0.16;

/**
 * Where the waves of the median beat begin and end, over all leads together: the QRS complex begins with the first and
 * ends with the last lead, so the length of the vector's velocity is looked at (the spatial velocity of vectorcardiography),
 * not each lead by itself. The T wave ends where the tangent to the steepest descent of the leads' root mean square meets
 * what lies after it (Lepeschkin and Surawicz, Circulation 6:378, 1952, on one signal for all leads).
 *
 * @param beat in millivolts (or another unit that is the same for all leads).
 * @returns undefined where no complex stands out.
 */
export function delineate(beat: MedianBeat): Delineation | undefined {
  const { rate, peak } = beat;
  const velocity = spatialVelocity(beat);
  const reach = Math.round(farthest * rate);
  let top = 0;
  let steepest = peak;
  for (let i = peak - reach; i <= peak + reach; i++)
    if (velocity[i]! > top) {
      top = velocity[i]!;
      steepest = i;
    }
  const quiet = percentile(velocity, 0.2);
  if (!(top > 4 * aboveQuiet * quiet)) return undefined;
  const calmSamples = Math.max(2, Math.round(calm * rate));
  const qrsOnset = leave(velocity, steepest, -1, Math.max(onsetShare * top, aboveQuiet * quiet), calmSamples);
  const qrsEnd = leave(velocity, steepest, 1, Math.max(endShare * top, aboveQuiet * quiet), calmSamples);
  const p = pWave(beat, qrsOnset);
  return { qrsOnset, qrsEnd, ...tWave(beat, qrsOnset, qrsEnd, p.pOnset), ...p };
}

/** Millivolts a second: the length of the vector of all leads' slopes, over four milliseconds to both sides. */
function spatialVelocity({ leads, rate }: MedianBeat): Float64Array {
  const length = leads[0]!.length;
  const half = Math.max(1, Math.round(0.004 * rate));
  const velocity = new Float64Array(length);
  for (const lead of leads)
    for (let i = half; i < length - half; i++) {
      const slope = ((lead[i + half]! - lead[i - half]!) * rate) / (2 * half);
      velocity[i]! += slope * slope;
    }
  for (let i = 0; i < length; i++) velocity[i] = Math.sqrt(velocity[i]!);
  for (let i = 0; i < half; i++) {
    velocity[i] = velocity[half]!;
    velocity[length - 1 - i] = velocity[length - 1 - half]!;
  }
  return velocity;
}

/** The last sample above the threshold, going from `start` until it has been below it for `calmSamples`. */
function leave(
  values: Float64Array,
  start: number,
  direction: 1 | -1,
  threshold: number,
  calmSamples: number,
): number {
  let last = start;
  for (let i = start; i >= 0 && i < values.length; i += direction) {
    if (values[i]! > threshold) last = i;
    else if (Math.abs(i - last) >= calmSamples) break;
  }
  return last + direction;
}

/** Distance of the leads from what they are at a place, root mean square over the leads. */
function distanceFrom({ leads }: MedianBeat, origin: readonly number[]): Float64Array {
  const distance = new Float64Array(leads[0]!.length);
  leads.forEach((lead, l) => {
    for (let i = 0; i < distance.length; i++) distance[i]! += (lead[i]! - origin[l]!) ** 2;
  });
  return distance.map((sum) => Math.sqrt(sum / leads.length));
}

const meanOf = (lead: Float32Array, from: number, to: number): number => {
  let sum = 0;
  for (let i = from; i < to; i++) sum += lead[i]!;
  return sum / (to - from);
};

function tWave(
  beat: MedianBeat,
  qrsOnset: number,
  qrsEnd: number,
  pOnset: number | undefined,
): Pick<Delineation, 'tPeak' | 'tEnd'> {
  const none = { tPeak: undefined, tEnd: undefined };
  const { rate, leads, interval, peak } = beat;
  const length = leads[0]!.length;
  const seconds = Number.isFinite(interval) ? interval : 1;
  // The T wave is over when the next P wave comes, and its apex is not later than in a QT interval of 0.6 s at 60 a minute.
  const beforeNext = pOnset === undefined ? 0.12 * rate : qrsOnset - pOnset;
  const last = Math.min(length - 1, Math.round(qrsOnset + seconds * rate - beforeNext));
  const lastApex = Math.min(last, qrsOnset + Math.round(0.52 * Math.sqrt(seconds) * rate));
  const first = qrsEnd + Math.round(0.06 * rate);
  if (last - first < 0.12 * rate) return none;
  const ahead = Math.max(1, Math.round(0.012 * rate));
  const origin = leads.map((lead) => meanOf(lead, Math.max(0, qrsOnset - ahead), qrsOnset));
  const size = distanceFrom(beat, origin);
  const rise = Math.max(1, Math.round(0.008 * rate));

  // Of several humps (a raised ST segment, a T wave of two phases) the last one that counts.
  let largest = first;
  for (let i = first; i <= lastApex; i++) if (size[i]! > size[largest]!) largest = i;
  let tPeak = largest;
  const around = Math.round(0.02 * rate);
  for (let i = largest + around; i <= lastApex; i++)
    if (size[i]! > secondHump * size[largest]! && isPeak(size, i, around)) tPeak = i;
  const quiet = percentile(size.subarray(Math.max(0, qrsOnset - Math.round(0.04 * rate)), qrsOnset), 0.5);
  if (!(size[tPeak]! > 3 * quiet) || !(size[tPeak]! > 0)) return none;
  let steepest = -1;
  let fall = 0;
  const until = Math.min(last, tPeak + Math.round(0.2 * rate));
  for (let i = tPeak; i + rise <= until; i++) {
    const slope = size[i - rise]! - size[i + rise]!;
    if (slope > fall) {
      fall = slope;
      steepest = i;
    }
  }
  if (steepest < 0) return none;
  let floor = Number.POSITIVE_INFINITY;
  for (let i = steepest; i <= Math.min(last, steepest + Math.round(0.2 * rate)); i++)
    floor = Math.min(floor, size[i]!);
  const level = floor + tEndShare * (size[tPeak]! - floor);
  const tangent = steepest + ((size[steepest]! - floor) * 2 * rise) / fall;
  const latest = Math.min(last, Math.round(tangent + beyondTangent * rate));
  let tEnd = steepest;
  while (tEnd < latest && size[tEnd]! > level) tEnd++;
  if (tEnd > last || tEnd - peak < 0.15 * rate) return none;
  return { tPeak, tEnd };
}

/** Whether nothing within `around` samples is larger. */
function isPeak(values: Float64Array, at: number, around: number): boolean {
  for (let i = Math.max(0, at - around); i <= Math.min(values.length - 1, at + around); i++)
    if (values[i]! > values[at]!) return false;
  return true;
}

function pWave(beat: MedianBeat, qrsOnset: number): Pick<Delineation, 'pOnset' | 'pEnd'> {
  const none = { pOnset: undefined, pEnd: undefined };
  const { rate, leads, interval } = beat;
  // No P wave begins more than 0.32 s before its complex, nor within the T wave before it.
  const room = Number.isFinite(interval) ? Math.min(0.42, 0.45 * interval) : 0.34;
  const first = Math.max(0, qrsOnset - Math.round(room * rate));
  const last = qrsOnset - Math.round(0.03 * rate);
  if (last - first < 0.08 * rate) return none;
  const origin = leads.map((lead) => {
    const ahead = Math.max(1, Math.round(0.012 * rate));
    return meanOf(lead, qrsOnset - ahead, qrsOnset);
  });
  const size = distanceFrom(beat, origin);
  // What falls at the beginning is the end of the T wave before.
  let begin = first;
  while (begin < last && size[begin + 1]! <= size[begin]!) begin++;
  let top = begin;
  for (let i = begin; i <= last; i++) if (size[i]! > size[top]!) top = i;
  let low = size[begin]!;
  for (let i = begin; i <= top; i++) low = Math.min(low, size[i]!);
  if (!(size[top]! - low > 0.5 * size[top]!)) return none;
  const level = low + pOnsetShare * (size[top]! - low);
  let pOnset = top;
  while (pOnset > begin && size[pOnset]! > level) pOnset--;
  let pEnd = top;
  while (pEnd < qrsOnset && size[pEnd]! > pEndShare * size[top]!) pEnd++;
  const duration = (pEnd - pOnset) / rate;
  if (duration < 0.04 || duration > 0.2) return none;
  return { pOnset, pEnd };
}

function percentile(values: Float64Array, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(share * (sorted.length - 1))]!;
}
