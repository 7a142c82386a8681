import { millivolts } from './millivolts.ts';
import type { Lead } from './recording.ts';
import { butterworth } from './signal/butterworth.ts';
import { filtfilt } from './signal/filtfilt.ts';

/** The band in Hz in which QRS complexes stand out from P and T waves, drift and muscle tremor. */
const band = { type: 'bandpass', low: 8, high: 28 } as const;
/** Seconds: the window over which the energy of a complex is gathered, and the shortest time between two. */
const window = 0.1;
const refractory = 0.24;
/**
 * A heart faster than that (ventricular flutter, atrial flutter conducted one to one) is told by peaks this close to each
 * other that are alike in energy and evenly apart, as T waves and notches of a wide complex are not.
 */
const refractoryOfFlutter = 0.17;
const alikeOfFlutter = 0.6;
const unevenOfFlutter = 0.1;
/** Two seconds hold a complex at any rate above 30 a minute. */
const stretchSeconds = 2;
/** Share of the usual peak's energy from which another peak is a beat, and from which one is where one is due. */
const threshold = 0.35;
const thresholdDue = 0.15;

/**
 * Finds the QRS complexes in all leads together: the energy of the 8-28 Hz band (Pan and Tompkins, IEEE Trans. Biomed.
 * Eng. 32:230, 1985), each lead weighted by its own size so that no lead decides alone, peaks against the energy of
 * the peaks around them, and a second, lower threshold where a beat is due and missing. Rates up to 300 a minute; of wide
 * complexes up to 250, beyond which they run into one another.
 *
 * @param leads of one rate and length, in any unit; NaN counts as 0, flat leads as absent.
 * @returns times in seconds from the start, ascending: the centre of each complex's energy.
 */
export function rPeaks(leads: readonly Lead[]): Float64Array {
  const raw = qrsEnergy(leads);
  if (raw === undefined) return new Float64Array(0);
  const { rate } = leads[0]!;
  const energy = movingAverage(raw, Math.max(1, Math.round(window * rate)));
  const distance = Math.round(refractory * rate);
  const peaks = localMaxima(energy, distance);
  const usual = usualPeak(energy, rate);
  const beats = peaks.filter((at) => energy[at]! > threshold * usual(at));
  const all = flutter(energy, usual, rate) ?? withDue(beats, peaks, energy, usual, rate);
  return Float64Array.from(all, (at) => centre(raw, at, Math.round(0.08 * rate)) / rate);
}

/** The beats of a heart of more than 60 / `refractory` a minute; undefined for any other. */
function flutter(energy: Float64Array, usual: (at: number) => number, rate: number): number[] | undefined {
  const peaks = localMaxima(energy, Math.round(refractoryOfFlutter * rate));
  const beats = peaks.filter((at) => energy[at]! > alikeOfFlutter * usual(at));
  const intervals = beats.slice(1).map((beat, k) => beat - beats[k]!);
  const sorted = intervals.toSorted((a, b) => a - b);
  const middle = sorted[sorted.length >> 1];
  if (middle === undefined || middle > 1.1 * refractory * rate) return undefined;
  const even = intervals.filter((interval) => Math.abs(interval - middle) <= unevenOfFlutter * middle).length;
  return even >= 0.9 * intervals.length ? beats : undefined;
}

/** Energy of the band over all leads; undefined when there is nothing to look at. */
function qrsEnergy(leads: readonly Lead[]): Float64Array | undefined {
  const rate = leads[0]?.rate ?? 0;
  const length = leads[0]?.samples.length ?? 0;
  if (rate <= 2 * band.high || length < rate) return undefined;
  const filter = filtfilt(butterworth(1, band, rate));
  const sum = new Float64Array(length);
  let seen = 0;
  for (const lead of leads) {
    const squares = millivolts(lead);
    for (let i = 0; i < length; i++) if (Number.isNaN(squares[i]!)) squares[i] = 0;
    filter.apply(squares, length);
    for (let i = 0; i < length; i++) squares[i] = squares[i]! * squares[i]!;
    const size = usualLargest(squares, Math.round(stretchSeconds * rate), 0.5);
    if (!(size > 0)) continue;
    seen++;
    // Spikes of a loose electrode count no more than three usual complexes.
    for (let i = 0; i < length; i++) sum[i]! += Math.min(3, squares[i]! / size);
  }
  return seen === 0 ? undefined : sum;
}

/** The largest value of each stretch, of these the one that a `share` of the others lies below. */
function usualLargest(values: Float32Array | Float64Array, stretch: number, share: number): number {
  const largest: number[] = [];
  for (let start = 0; start + stretch <= Math.max(values.length, stretch); start += stretch) {
    let top = 0;
    for (let i = start; i < Math.min(start + stretch, values.length); i++)
      if (values[i]! > top) top = values[i]!;
    largest.push(top);
  }
  return largest.sort((a, b) => a - b)[Math.floor(share * largest.length)]!;
}

/** Where the energy around a position has its centre, in samples. */
function centre(energy: Float64Array, at: number, reach: number): number {
  let weight = 0;
  let moment = 0;
  for (let i = Math.max(0, at - reach); i <= Math.min(energy.length - 1, at + reach); i++) {
    weight += energy[i]!;
    moment += i * energy[i]!;
  }
  return weight > 0 ? moment / weight : at;
}

function movingAverage(signal: Float64Array, width: number): Float64Array {
  const smooth = new Float64Array(signal.length);
  const before = width >> 1;
  let sum = 0;
  for (let i = 0; i < signal.length + before; i++) {
    sum += signal[i] ?? 0;
    if (i >= width) sum -= signal[i - width]!;
    if (i >= before) smooth[i - before] = sum / width;
  }
  return smooth;
}

/** Positions that are the largest within `distance` to both sides. */
function localMaxima(signal: Float64Array, distance: number): number[] {
  const maxima: number[] = [];
  for (let i = 0; i < signal.length; i++) {
    const last = maxima.at(-1);
    if (!(signal[i]! > (signal[i - 1] ?? Number.NEGATIVE_INFINITY) && signal[i]! >= (signal[i + 1] ?? 0)))
      continue;
    if (last === undefined || i - last >= distance) maxima.push(i);
    else if (signal[i]! > signal[last]!) maxima[maxima.length - 1] = i;
  }
  return maxima;
}

/** The energy that a beat near a position may be expected to have: that of the usual complex within four seconds. */
function usualPeak(energy: Float64Array, rate: number): (at: number) => number {
  const reach = Math.round(4 * rate);
  const stretch = Math.round(stretchSeconds * rate);
  return (at) => {
    const start = Math.max(0, Math.min(at - reach, energy.length - 2 * reach));
    // Not the median: ectopic beats may be larger and in every other stretch.
    return usualLargest(energy.subarray(start, start + 2 * reach), stretch, 0.25);
  };
}

/** Adds, to each gap of more than one and a half usual intervals, its best peaks as far as they are peaks at all. */
function withDue(
  beats: readonly number[],
  peaks: readonly number[],
  energy: Float64Array,
  usual: (at: number) => number,
  rate: number,
): number[] {
  const intervals = beats.slice(1).map((beat, k) => beat - beats[k]!);
  const longest = 1.5 * (intervals.sort((a, b) => a - b)[intervals.length >> 1] ?? Number.POSITIVE_INFINITY);
  const apart = 0.36 * rate;
  const all = [...beats];
  for (let k = 1; k < all.length; ) {
    const [from, to] = [all[k - 1]!, all[k]!];
    const due = peaks
      .filter(
        (peak) => peak - from > apart && to - peak > apart && energy[peak]! > thresholdDue * usual(peak),
      )
      .sort((a, b) => energy[b]! - energy[a]!)[0];
    // What was added divides the gap, and both halves are looked at again.
    if (to - from > longest && due !== undefined) all.splice(k, 0, due);
    else k++;
  }
  return all;
}
