import { createHash } from 'node:crypto';
import * as z from 'zod';
import { SystoleError } from '../errors.ts';
import { checkSignal } from './check-signal.ts';
import { twelveLeads } from './leads.ts';
import { millivolts } from './millivolts.ts';
import { type Recording, standardLeads } from './recording.ts';
import { butterworth } from './signal/butterworth.ts';
import { filtfilt } from './signal/filtfilt.ts';
import { limbScale } from './signal/limb-scale.ts';
import { minMaxScale } from './signal/min-max-scale.ts';
import { notch } from './signal/notch.ts';
import { resample } from './signal/resample.ts';
import { robustScale } from './signal/robust-scale.ts';
import { standardScale } from './signal/standard-scale.ts';
import type { ZeroPhaseFilter } from './signal/zero-phase-filter.ts';

const frequency = z.number().positive().max(100_000);
const order = z.int().min(1).max(8);

const stepSchema = z.discriminatedUnion('step', [
  /**
   * To `rate` samples a second, by the spectrum. `wholeSeconds` reproduces DSAIL_SNU, which squeezes a recording into
   * floor(seconds) * `rate` samples: a recording of 11.9 s comes out 8 % too fast.
   */
  z.strictObject({
    step: z.literal('resample'),
    rate: z.int().min(1).max(100_000),
    wholeSeconds: z.literal(true).optional(),
  }),
  /** Zero-phase notch of the given quality (frequency over width); DSAIL_SNU takes the frequency itself. */
  z.strictObject({ step: z.literal('notch'), frequency, quality: z.number().positive() }),
  /** Zero-phase Butterworth filters; corner frequencies in Hz. */
  z.strictObject({ step: z.literal('lowpass'), order, high: frequency }),
  z.strictObject({ step: z.literal('highpass'), order, low: frequency }),
  z.strictObject({ step: z.literal('bandpass'), order, low: frequency, high: frequency }),
  /**
   * Over the whole recording, each lead by itself; `over: recording` takes all leads together, which keeps their
   * proportions (the pulmonary-embolism system's z-score).
   */
  z.strictObject({
    step: z.literal('scale'),
    method: z.enum(['standard', 'min-max', 'robust']),
    over: z.literal('recording').optional(),
  }),
  /** The limb leads, scaled one by one, back to a common scale (see `limbScale`). */
  z.strictObject({ step: z.literal('limb-scale') }),
]);

/** How a recording is made ready for a net. Unknown keys are refused by name. */
export const preprocessingSchema = z.strictObject({
  /** What goes into the first step: samples as stored (`adc`, as DSAIL_SNU reads them) or millivolts. */
  input: z.enum(['adc', 'millivolts']),
  /** In the order in which they are done. */
  steps: z.array(stepSchema).max(16),
  /**
   * Recordings whose every standard lead has this unit at this rate have been through these steps already, or the first
   * `steps` of them, and start, in physical units, behind those.
   */
  already: z
    .strictObject({ unit: z.string().min(1), rate: frequency, steps: z.int().min(1).optional() })
    .optional(),
});

export type PreprocessingConfiguration = z.infer<typeof preprocessingSchema>;
type Step = PreprocessingConfiguration['steps'][number];

/**
 * DSAIL_SNU, PhysioNet/CinC 2020. Where that system is configured with more filters it runs them as high-pass,
 * low-pass, band-pass (Butterworth, order 2), notch.
 */
export const dsailPreprocessing: PreprocessingConfiguration = {
  input: 'adc',
  steps: [
    { step: 'resample', rate: 500, wholeSeconds: true },
    { step: 'notch', frequency: 50, quality: 50 },
    { step: 'notch', frequency: 60, quality: 60 },
    { step: 'scale', method: 'standard' },
  ],
};

/**
 * The PTB-XL superclass set: its files are published after these steps, as 100 Hz without unit (`NU`), so they pass
 * unchanged while a recording in volts is brought to the same form.
 */
export const superclassPreprocessing: PreprocessingConfiguration = {
  input: 'millivolts',
  steps: [
    { step: 'bandpass', order: 4, low: 0.5, high: 40 },
    { step: 'scale', method: 'standard' },
    { step: 'resample', rate: 100 },
  ],
  already: { unit: 'NU', rate: 100 },
};

/** Twelve standard leads ready for a net. */
export interface PreprocessedRecording {
  /** Samples per second. */
  readonly rate: number;
  /** Samples of each lead. */
  readonly samples: number;
  /** [lead, time], leads in the order of `standardLeads`. */
  readonly values: Float32Array;
}

/**
 * Brings a recording into the form that a net was trained on: the twelve standard leads, the configured steps in
 * their order. Filters compute in float64 and store float32 between steps, as the published system does.
 *
 * @throws SystoleError `leads_missing`, `header_value` (see `twelveLeads`), `signal_value` (see `checkSignal`),
 * `recording_too_short` for a signal shorter than a second or than a filter's padding, `header_value` for a rate at
 * which a configured filter cannot exist.
 */
export function preprocess(
  recording: Recording,
  configuration: PreprocessingConfiguration,
): PreprocessedRecording {
  const leads = twelveLeads(recording);
  checkSignal(leads);
  let { rate } = leads[0]!;
  let samples = leads[0]!.samples.length;
  let values: Float32Array = new Float32Array(leads.length * samples);
  const { already } = configuration;
  const passes =
    already !== undefined && leads.every((l) => l.unit === already.unit && l.rate === already.rate);
  for (const [index, lead] of leads.entries()) {
    if (passes || configuration.input === 'millivolts') millivolts(lead, values, index * samples);
    else values.set(lead.samples, index * samples);
  }
  if (passes) checkScaled(values, samples);
  const done = passes ? (already.steps ?? configuration.steps.length) : 0;

  for (const step of configuration.steps.slice(done)) {
    if (step.step === 'resample') {
      const seconds = samples / rate;
      if (seconds < 1) throw new SystoleError('recording_too_short', 'Less than a second.');
      const wanted = step.wholeSeconds
        ? Math.floor(seconds) * step.rate
        : Math.max(1, Math.round(seconds * step.rate));
      if (wanted !== samples) values = resampleLeads(values, samples, wanted);
      samples = wanted;
      rate = step.rate;
    } else if (step.step === 'scale') {
      const scale = { standard: standardScale, 'min-max': minMaxScale, robust: robustScale }[step.method];
      const length = step.over === 'recording' ? values.length : samples;
      for (let start = 0; start < values.length; start += length) scale(values, start, length);
    } else if (step.step === 'limb-scale') limbScale(values, samples);
    else {
      const filter = filterOf(step, rate);
      if (samples <= filter.padding)
        throw new SystoleError('recording_too_short', `${samples} samples cannot be filtered.`);
      filter.apply(values, samples);
    }
  }
  return { rate, samples, values };
}

/** Far above any lead with deviation 1. */
const largestScaledDeviation = 10;

/** @throws SystoleError `signal_value` when leads that should have been scaled are not. */
function checkScaled(values: Float32Array, samples: number): void {
  for (const [lead, name] of standardLeads.entries()) {
    let squares = 0;
    for (let i = lead * samples; i < (lead + 1) * samples; i++) squares += values[i]! ** 2;
    if (!(Math.sqrt(squares / samples) < largestScaledDeviation))
      throw new SystoleError('signal_value', `Lead ${name} has no unit and is not scaled either.`);
  }
}

/** Leads go through the transform in pairs. */
function resampleLeads(values: Float32Array, samples: number, wanted: number): Float32Array {
  const resampled = new Float32Array(standardLeads.length * wanted);
  const real = new Float64Array(samples);
  const imaginary = new Float64Array(samples);
  const outReal = new Float64Array(wanted);
  const outImaginary = new Float64Array(wanted);
  for (let lead = 0; lead < standardLeads.length; lead += 2) {
    real.set(values.subarray(lead * samples, (lead + 1) * samples));
    imaginary.set(values.subarray((lead + 1) * samples, (lead + 2) * samples));
    resample(real, imaginary, outReal, outImaginary);
    resampled.set(outReal, lead * wanted);
    resampled.set(outImaginary, (lead + 1) * wanted);
  }
  return resampled;
}

/** Filters are designed once for each rate and kept; a deployment knows a handful of them. */
const filters = new Map<string, ZeroPhaseFilter>();
const maximumFilters = 64;

function filterOf(
  step: Exclude<Step, { step: 'resample' | 'scale' | 'limb-scale' }>,
  rate: number,
): ZeroPhaseFilter {
  const key = `${JSON.stringify(step)}@${rate}`;
  const kept = filters.get(key);
  if (kept !== undefined) return kept;
  let filter: ZeroPhaseFilter;
  try {
    filter = filtfilt(
      step.step === 'notch'
        ? notch(step.frequency, step.quality, rate)
        : butterworth(step.order, { ...step, type: step.step } as Parameters<typeof butterworth>[1], rate),
    );
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SystoleError('header_value', `The sampling rate: ${error.message}.`);
  }
  if (filters.size >= maximumFilters) filters.delete(filters.keys().next().value!);
  filters.set(key, filter);
  return filter;
}

/**
 * Names a configuration in every prediction made with it: SHA-256, in hexadecimal, of its JSON with keys in
 * alphabetical order and no blanks.
 */
export function configurationHash(configuration: PreprocessingConfiguration): string {
  return createHash('sha256')
    .update(JSON.stringify(ordered(configuration)))
    .digest('hex');
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, ordered(inner)]),
  );
}
