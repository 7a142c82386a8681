import { isVoltage, millivolts } from '../millivolts.ts';
import type { Lead } from '../recording.ts';
import { nthSmallest } from '../signal/nth-smallest.ts';

/** What may be wrong with the signal of one lead. */
export const leadMarks = {
  flat: 'no signal',
  dropout: 'the signal stops for a second or more',
  missing: 'samples are missing',
  clipped: 'cut off at the limits of the amplifier',
  wander: 'the baseline wanders',
  mains: 'hum of the mains',
  noise: 'tremor of muscles or other fast noise',
} as const;

export type LeadMark = keyof typeof leadMarks;

/** Figures of one lead; amplitudes in millivolts, null where the lead has no physical unit. */
export interface LeadQuality {
  readonly name: string;
  readonly marks: readonly LeadMark[];
  /** Shares of the samples. */
  readonly missing: number;
  readonly constant: number;
  readonly clipped: number;
  /** From the lowest to the highest of the means over a second. */
  readonly wander: number | null;
  /** Amplitude of the stronger of 50 and 60 Hz in the usual second. */
  readonly mains: number | null;
  /** Root mean square of what changes within a hundredth of a second, in the usual tenth of a second. */
  readonly noise: number | null;
}

/**
 * A lead that does not move for a second is off (Silva et al., Comput. Cardiol. 38:273, 2011, and others of the 2011
 * challenge on the quality of ECGs used the same rule); one that moves by less than 0.05 mV shows no heart.
 */
const constantSeconds = 1;
const flatMillivolts = 0.05;
const mostMissing = 0.02;
/** Seconds for which a signal must stay at its limit, further than this from its median, and share of the recording. */
const clippedSeconds = 0.012;
const clippedMillivolts = 0.5;
const mostClipped = 0.002;
/** Millivolts: beyond what 19 of 20 real clinical recordings have (docs/models.md says how often each is marked). */
const mostWander = 1;
const mostMains = 0.05;
const mostNoise = 0.05;

/** @param lead raw, with NaN for what is missing. */
export function leadQuality(lead: Lead): LeadQuality {
  const { rate, name } = lead;
  const signal = millivolts(lead);
  const physical = isVoltage(lead);
  const length = Math.max(1, signal.length);
  let absent = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let before = 0;
  for (let i = 0; i < signal.length; i++) {
    const value = signal[i]!;
    if (!Number.isFinite(value)) {
      absent++;
      // Holds what was before, so that the figures are those of what is there.
      signal[i] = before;
      continue;
    }
    before = value;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const missing = absent / length;
  const flat = !(high - low > (physical ? flatMillivolts : 0));
  const constant = standing(signal, Math.round(constantSeconds * rate)) / length;
  const clipped = flat ? 0 : clippedSamples(signal, low, high, rate, physical) / length;
  const wander = wanderOf(signal, rate);
  const mains = Math.max(toneOf(signal, rate, 50), toneOf(signal, rate, 60));
  const noise = noiseOf(signal, rate);
  const marks: LeadMark[] = [];
  if (flat) marks.push('flat');
  else if (constant > 0) marks.push('dropout');
  if (missing > mostMissing) marks.push('missing');
  if (clipped > mostClipped) marks.push('clipped');
  if (physical) {
    if (wander > mostWander) marks.push('wander');
    if (mains > mostMains) marks.push('mains');
    if (noise > mostNoise) marks.push('noise');
  }
  const unless = (figure: number) => (physical ? figure : null);
  return {
    name,
    marks,
    missing,
    constant,
    clipped,
    wander: unless(wander),
    mains: unless(mains),
    noise: unless(noise),
  };
}

/** Samples in stretches of at least `least` equal values. */
function standing(signal: Float32Array, least: number): number {
  let samples = 0;
  let start = 0;
  for (let i = 1; i <= signal.length; i++) {
    if (i < signal.length && signal[i] === signal[start]) continue;
    if (i - start >= least) samples += i - start;
    start = i;
  }
  return samples;
}

/** Samples in stretches at the lowest or the highest value, where that is far from the rest. */
function clippedSamples(
  signal: Float32Array,
  low: number,
  high: number,
  rate: number,
  physical: boolean,
): number {
  const least = Math.max(3, Math.round(clippedSeconds * rate));
  const some = new Float32Array(Math.ceil(signal.length / 16));
  for (let i = 0; i < some.length; i++) some[i] = signal[16 * i]!;
  const median = nthSmallest(some, some.length >> 1)!;
  const far = physical ? clippedMillivolts : (high - low) / 4;
  let samples = 0;
  for (const limit of [low, high]) {
    if (Math.abs(limit - median) < far) continue;
    let run = 0;
    for (let i = 0; i <= signal.length; i++) {
      if (i < signal.length && signal[i] === limit) run++;
      else {
        if (run >= least) samples += run;
        run = 0;
      }
    }
  }
  return samples;
}

/** Range of the means over a second, taken every half second. */
function wanderOf(signal: Float32Array, rate: number): number {
  const window = Math.min(signal.length, Math.round(rate));
  const step = Math.max(1, window >> 1);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let start = 0; start + window <= signal.length; start += step) {
    let sum = 0;
    for (let i = start; i < start + window; i++) sum += signal[i]!;
    const mean = sum / window;
    if (mean < low) low = mean;
    if (mean > high) high = mean;
  }
  return high > low ? high - low : 0;
}

/** Median over seconds of the amplitude at a frequency (Goertzel, Am. Math. Mon. 65:34, 1958); 0 where it cannot be seen. */
function toneOf(signal: Float32Array, rate: number, frequency: number): number {
  if (rate <= 2 * frequency + 4) return 0;
  const window = Math.round(rate);
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / rate);
  const amplitudes: number[] = [];
  for (let start = 0; start + window <= signal.length; start += window) {
    let one = 0;
    let two = 0;
    // Differences: the baseline and its steps at both ends would leak into the tone.
    for (let i = start + 1; i < start + window; i++) {
      const next = signal[i]! - signal[i - 1]! + coefficient * one - two;
      two = one;
      one = next;
    }
    const power = one * one + two * two - coefficient * one * two;
    amplitudes.push((2 * Math.sqrt(Math.max(0, power))) / window);
  }
  if (amplitudes.length === 0) return 0;
  const gain = 2 * Math.sin((Math.PI * frequency) / rate);
  // A low one of the seconds: what complexes add to the tone differs from second to second, the hum is always there.
  return amplitudes.sort((a, b) => a - b)[amplitudes.length >> 2]! / gain;
}

/** Median over tenths of a second of the deviation from the mean of what is 4 ms before and after. */
function noiseOf(signal: Float32Array, rate: number): number {
  const apart = Math.max(1, Math.round(0.004 * rate));
  const window = Math.max(4, Math.round(0.1 * rate));
  const deviations: number[] = [];
  for (let start = apart; start + window + apart <= signal.length; start += window) {
    let squares = 0;
    for (let i = start; i < start + window; i++) {
      const deviation = signal[i]! - (signal[i - apart]! + signal[i + apart]!) / 2;
      squares += deviation * deviation;
    }
    deviations.push(squares / window);
  }
  if (deviations.length === 0) return 0;
  return Math.sqrt(deviations.sort((a, b) => a - b)[deviations.length >> 1]!);
}
