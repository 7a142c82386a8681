import { isVoltage, millivolts } from '../millivolts.ts';
import type { Lead } from '../recording.ts';
import { butterworth } from '../signal/butterworth.ts';
import { filtfilt } from '../signal/filtfilt.ts';
import { type Delineation, delineate } from './delineate.ts';
import { type MedianBeat, medianBeat } from './median-beat.ts';

/** The commonest kind of beat of a recording, with its waves. */
export interface UsualBeat {
  /** Of `leads`, in their order. */
  readonly names: readonly string[];
  /** Each lead of the median beat around its level before the complex; millivolts where `physical`. */
  readonly leads: readonly Float32Array[];
  readonly physical: boolean;
  readonly rate: number;
  readonly waves: Delineation;
  /** Beats that it is the median of. */
  readonly beats: number;
}

export type NoUsualBeat = 'few_beats' | 'sampling_rate' | 'no_complex';

/** Samples per second below which intervals are not measured: a step would be more than 4 ms. */
const leastRate = 250;
/** Hz. A zero-phase high-pass may begin at 0.67 Hz (Kligfield et al., Circulation 115:1306, 2007). */
const band = { type: 'bandpass', low: 0.5, high: 40 } as const;
/** Seconds before the complex over which the level is taken. */
const levelBefore = 0.016;
/** How like the median P wave those of the single beats must be on average (correlation). */
const pCoherence = 0.5;
/** The other four follow from I and II and would count twice. */
const independent: readonly string[] = ['I', 'II', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];

/**
 * The median beat of a recording and its waves, over all leads together.
 *
 * @param leads standard leads that can be trusted, any number of them, of one rate and length, named as `standardLeads`.
 * @param peaks times of the R peaks in seconds (`rPeaks`).
 */
export function usualBeat(leads: readonly Lead[], peaks: Float64Array): UsualBeat | NoUsualBeat {
  const rate = leads[0]?.rate ?? 0;
  if (rate < leastRate) return 'sampling_rate';
  const signals = leads.map((lead) => millivolts(lead));
  const filter = filtfilt(butterworth(2, band, rate));
  if (signals[0]!.length <= filter.padding) return 'few_beats';
  for (const signal of signals) {
    for (let i = 0; i < signal.length; i++) if (Number.isNaN(signal[i]!)) signal[i] = 0;
    filter.apply(signal, signal.length);
  }
  const beat = medianBeat(signals, rate, peaks);
  if (beat === undefined) return 'few_beats';
  const used = leads.flatMap(({ name }, l) => (independent.includes(name) ? [l] : []));
  const waves = delineate(used.length > 0 ? { ...beat, leads: used.map((l) => beat.leads[l]!) } : beat);
  if (waves === undefined) return 'no_complex';
  const coupled = pIsCoupled(beat, signals, waves);
  const before = Math.max(1, Math.round(levelBefore * rate));
  return {
    names: leads.map(({ name }) => name),
    leads: beat.leads.map((lead) => aroundLevel(lead, waves.qrsOnset, before)),
    physical: leads.every(isVoltage),
    rate,
    waves: coupled ? waves : { ...waves, pOnset: undefined, pEnd: undefined },
    beats: beat.beats,
  };
}

/** Whether the single beats have the wave that their median has; fibrillation leaves something in a median too. */
function pIsCoupled(
  { leads, starts }: MedianBeat,
  signals: readonly Float32Array[],
  { pOnset: from, pEnd: to }: Delineation,
): boolean {
  if (from === undefined || to === undefined) return false;
  let sum = 0;
  for (const start of starts) {
    let both = 0;
    let ofBeat = 0;
    let ofMedian = 0;
    for (const [l, median] of leads.entries()) {
      const own = signals[l]!.subarray(start + from, start + to);
      const wave = median.subarray(from, to);
      const ownMean = meanOf(own);
      const waveMean = meanOf(wave);
      for (let i = 0; i < wave.length; i++) {
        const one = own[i]! - ownMean;
        const other = wave[i]! - waveMean;
        both += one * other;
        ofBeat += one * one;
        ofMedian += other * other;
      }
    }
    sum += both / Math.sqrt(ofBeat * ofMedian || 1);
  }
  return sum / starts.length >= pCoherence;
}

function aroundLevel(lead: Float32Array, qrsOnset: number, before: number): Float32Array {
  const level = meanOf(lead.subarray(Math.max(0, qrsOnset - before), Math.max(1, qrsOnset)));
  return lead.map((value) => value - level);
}

function meanOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
