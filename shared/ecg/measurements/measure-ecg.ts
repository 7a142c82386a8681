import { heartRate } from '../heart-rate.ts';
import type { StandardLead } from '../recording.ts';
import { correctedQt } from './corrected-qt.ts';
import { qrsAxis } from './qrs-axis.ts';
import { rrIntervals } from './rr-intervals.ts';
import type { NoUsualBeat, UsualBeat } from './usual-beat.ts';

/** What is measured of a recording as a whole, and its unit. */
export const measurementUnits = {
  heartRate: '/min',
  rrMean: 'ms',
  rrSd: 'ms',
  rmssd: 'ms',
  pDuration: 'ms',
  prInterval: 'ms',
  qrsDuration: 'ms',
  qtInterval: 'ms',
  qtcBazett: 'ms',
  qtcFridericia: 'ms',
  qtcFramingham: 'ms',
  qtcHodges: 'ms',
  qrsAxis: '°',
} as const;

export type MeasurementName = keyof typeof measurementUnits;
export const measurementNames = Object.keys(measurementUnits) as MeasurementName[];

/** Why something could not be measured. */
export const unmeasurable = {
  few_beats: 'fewer than three beats',
  sampling_rate: 'sampled too coarsely',
  no_complex: 'no QRS complex stands out',
  no_p_wave: 'no P wave before the complexes',
  no_t_wave: 'no end of the T wave',
  no_unit: 'the signals have no physical unit',
  leads_missing: 'leads I and II are not there',
  indefinite_axis: 'the complexes have no direction',
} as const;

export type Unmeasurable = keyof typeof unmeasurable;

/** Of one lead's median beat, in millivolts. */
export interface LeadMeasurement {
  /** From the lowest to the highest point of the QRS complex. */
  readonly qrs: number;
  /** 60 ms after the end of the complex, against the level before it. */
  readonly st: number;
}

export interface EcgMeasurements {
  /** Beats found, and how many of them the median beat is made of. */
  readonly beats: number;
  readonly beatsAlike: number;
  readonly values: Readonly<Record<MeasurementName, number | null>>;
  /** For every value that is null. */
  readonly reasons: Readonly<Partial<Record<MeasurementName, Unmeasurable>>>;
  /** Empty where amplitudes cannot be measured. */
  readonly leads: Readonly<Partial<Record<StandardLead, LeadMeasurement>>>;
}

/** Seconds after the end of the complex at which the ST segment is measured. */
const stAfter = 0.06;

/**
 * The classical measurements of an electrocardiogram as an ECG machine prints them, over all leads together, on the median
 * beat of the commonest kind: intervals in milliseconds, axis in degrees, ST levels in millivolts. What cannot be measured
 * is null, with its reason.
 *
 * @param peaks times of the R peaks in seconds (`rPeaks`).
 * @param beat the usual beat, or why there is none.
 */
export function measureEcg(peaks: ArrayLike<number>, beat: UsualBeat | NoUsualBeat): EcgMeasurements {
  const values = Object.fromEntries(measurementNames.map((name) => [name, null])) as Record<
    MeasurementName,
    number | null
  >;
  const reasons: Partial<Record<MeasurementName, Unmeasurable>> = {};
  const set = (name: MeasurementName, value: number | undefined, reason: Unmeasurable) => {
    if (value === undefined) reasons[name] = reason;
    else values[name] = value;
  };
  const rr = rrIntervals(peaks);
  set('heartRate', heartRate(peaks), 'few_beats');
  set('rrMean', rr?.mean, 'few_beats');
  set('rrSd', rr?.sd, 'few_beats');
  set('rmssd', rr?.rmssd, 'few_beats');
  if (typeof beat === 'string') {
    for (const name of ofTheBeat) reasons[name] = beat;
    return { beats: peaks.length, beatsAlike: 0, values, reasons, leads: {} };
  }
  const { waves, rate, names } = beat;
  const { qrsOnset, qrsEnd, pOnset, pEnd, tEnd } = waves;
  const milliseconds = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? undefined : (1000 * (to - from)) / rate;
  set('pDuration', milliseconds(pOnset, pEnd), 'no_p_wave');
  set('prInterval', milliseconds(pOnset, qrsOnset), 'no_p_wave');
  set('qrsDuration', milliseconds(qrsOnset, qrsEnd), 'no_complex');
  const qt = milliseconds(qrsOnset, tEnd);
  set('qtInterval', qt, 'no_t_wave');
  for (const [name, formula] of qtcFormulas)
    set(
      name,
      qt !== undefined && rr !== undefined ? correctedQt[formula](qt, rr.mean) : undefined,
      rr === undefined ? 'few_beats' : 'no_t_wave',
    );
  const first = beat.leads[names.indexOf('I')];
  const second = beat.leads[names.indexOf('II')];
  if (!beat.physical) set('qrsAxis', undefined, 'no_unit');
  else if (first === undefined || second === undefined) set('qrsAxis', undefined, 'leads_missing');
  else set('qrsAxis', qrsAxis(first, second, qrsOnset, qrsEnd), 'indefinite_axis');
  return {
    beats: peaks.length,
    beatsAlike: beat.beats,
    values,
    reasons,
    leads: beat.physical
      ? Object.fromEntries(names.map((name, l) => [name, leadMeasurement(beat.leads[l]!, beat)]))
      : {},
  };
}

const qtcFormulas = [
  ['qtcBazett', 'bazett'],
  ['qtcFridericia', 'fridericia'],
  ['qtcFramingham', 'framingham'],
  ['qtcHodges', 'hodges'],
] as const;

/** What is measured on the usual beat and not from beat to beat. */
const ofTheBeat = measurementNames.slice(measurementNames.indexOf('pDuration'));

function leadMeasurement(lead: Float32Array, { waves, rate }: UsualBeat): LeadMeasurement {
  let low = 0;
  let high = 0;
  for (let i = waves.qrsOnset; i <= waves.qrsEnd; i++) {
    low = Math.min(low, lead[i]!);
    high = Math.max(high, lead[i]!);
  }
  const at = Math.min(lead.length - 1, waves.qrsEnd + Math.round(stAfter * rate));
  return { qrs: high - low, st: lead[at]! };
}
