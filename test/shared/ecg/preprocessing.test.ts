import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  configurationHash,
  dsailPreprocessing,
  type PreprocessingConfiguration,
  preprocess,
  preprocessingSchema,
  superclassPreprocessing,
} from '../../../shared/ecg/preprocessing.ts';
import type { Recording } from '../../../shared/ecg/recording.ts';
import { standardLeads } from '../../../shared/ecg/recording.ts';
import {
  data,
  dataPresent,
  readFloats,
  readJson,
  readRecord,
  reference,
  referencePresent,
} from './reference.ts';

interface Case {
  file: string;
  record: string;
  leads?: number[];
  shape: [number, number];
  config?: {
    filter_lowpass: number[];
    filter_highpass: number[];
    filter_bandpass: [number, number][];
    filter_notch: number[];
    scaler: 'standard' | 'minmax' | 'robust';
  };
}

function configurationOf({ config }: Case): PreprocessingConfiguration {
  if (config === undefined) throw new Error('no configuration');
  return {
    input: 'adc',
    steps: [
      { step: 'resample', rate: 500 },
      ...config.filter_highpass.map((low) => ({ step: 'highpass', order: 2, low }) as const),
      ...config.filter_lowpass.map((high) => ({ step: 'lowpass', order: 2, high }) as const),
      ...config.filter_bandpass.map(([low, high]) => ({ step: 'bandpass', order: 2, low, high }) as const),
      ...config.filter_notch.map((f) => ({ step: 'notch', frequency: f, quality: f }) as const),
      { step: 'scale', method: config.scaler === 'minmax' ? 'min-max' : config.scaler },
    ],
  };
}

function synthetic(overrides: Partial<Recording['leads'][number]> = {}, samples = 1000): Recording {
  return {
    format: 'wfdb',
    rate: overrides.rate ?? 500,
    leads: standardLeads.map((name, lead) => ({
      name,
      samples: Float32Array.from({ length: samples }, (_, i) => 300 * Math.sin(i / (5 + lead)) + 40 * lead),
      gain: 1000,
      baseline: 0,
      unit: 'mV',
      rate: 500,
      ...overrides,
    })),
    diagnoses: [],
  };
}

describe.skipIf(!referencePresent)(
  'preprocess against DSAIL_SNU and scipy (needs ../shared/reference)',
  () => {
    const cases = referencePresent
      ? readJson<{ cases: Case[] }>('signal', 'cases.json').cases.filter((c) => c.config !== undefined)
      : [];

    it.each(cases)('$file within 1e-3 of the standard deviation', (item) => {
      const expected = readFloats('signal', item.file);
      const recording = readRecord(join(reference, '..', item.record));
      const { samples, rate, values } = preprocess(recording, configurationOf(item));
      expect([item.leads!.length, samples]).toEqual(item.shape);
      expect(rate).toBe(500);
      let mean = 0;
      for (const value of expected) mean += value / expected.length;
      let variance = 0;
      for (const value of expected) variance += (value - mean) ** 2 / expected.length;
      let largest = 0;
      for (const [row, lead] of item.leads!.entries())
        for (let i = 0; i < samples; i++)
          largest = Math.max(largest, Math.abs(values[lead * samples + i]! - expected[row * samples + i]!));
      expect(largest / Math.sqrt(variance)).toBeLessThan(1e-4);
    });

    it('is the default configuration', () => {
      expect(configurationOf(cases[0]!)).toEqual(dsailPreprocessing);
    });
  },
);
