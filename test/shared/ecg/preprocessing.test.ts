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
import { Random } from '../../../shared/random.ts';
import { dataFolder, hasData, hasReference, readReference, readReferenceFloats } from '../../reference.ts';
import { readRecord } from './read-record.ts';

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
      { step: 'resample', rate: 500, wholeSeconds: true },
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

describe.skipIf(!hasReference || !hasData)(
  'preprocess against DSAIL_SNU and scipy (needs ../shared/reference and ../shared/data)',
  () => {
    const cases = hasReference
      ? readReference<{ cases: Case[] }>('signal/cases.json').cases.filter((c) => c.config !== undefined)
      : [];

    it.each(cases)('$file within 1e-3 of the standard deviation', (item) => {
      const expected = readReferenceFloats(`signal/${item.file}`);
      const recording = readRecord(join(dataFolder, '..', item.record));
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

describe('preprocess', () => {
  it('gives the twelve leads at the wanted rate, each with mean 0 and deviation 1', () => {
    const { rate, samples, values } = preprocess(synthetic({ rate: 250 }, 1100), dsailPreprocessing);
    expect([rate, samples, values.length]).toEqual([500, 2000, 24_000]);
    for (let lead = 0; lead < 12; lead++) {
      const row = values.subarray(lead * samples, (lead + 1) * samples);
      const mean = row.reduce((sum, v) => sum + v, 0) / samples;
      const deviation = Math.sqrt(row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / samples);
      expect(mean).toBeCloseTo(0, 5);
      expect(deviation).toBeCloseTo(1, 5);
    }
  });

  it('is independent of gain and baseline once scaled', () => {
    const one = preprocess(synthetic(), { ...dsailPreprocessing, input: 'millivolts' });
    const other = preprocess(synthetic({ gain: 200, baseline: -1000 }), dsailPreprocessing);
    for (const [i, value] of one.values.entries()) expect(other.values[i]).toBeCloseTo(value, 3);
  });

  it('scales all leads together where it is told to: their proportions stay', () => {
    const recording = synthetic();
    const plain = preprocess(recording, { input: 'millivolts', steps: [] }).values;
    const { values } = preprocess(recording, {
      input: 'millivolts',
      steps: [{ step: 'scale', method: 'standard', over: 'recording' }],
    });
    const mean = plain.reduce((sum, v) => sum + v, 0) / plain.length;
    const deviation = Math.sqrt(plain.reduce((sum, v) => sum + (v - mean) ** 2, 0) / plain.length);
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo((plain[i]! - mean) / deviation, 4);
  });

  it('leaves the recording as it was', () => {
    const recording = synthetic();
    preprocess(recording, dsailPreprocessing);
    expect(recording).toEqual(synthetic());
  });

  it('passes what has been through its steps already, in physical units', () => {
    const recording = synthetic({ unit: 'NU', rate: 100 });
    const { rate, samples, values } = preprocess(recording, superclassPreprocessing);
    expect([rate, samples]).toEqual([100, 1000]);
    for (let i = 0; i < samples; i++)
      expect(values[i]).toBe(Math.fround(recording.leads[0]!.samples[i]! * 0.001));
  });

  it('starts behind the steps that a recording has been through already', () => {
    const { steps } = superclassPreprocessing;
    const limbs = preprocessingSchema.parse({
      ...superclassPreprocessing,
      steps: [...steps, { step: 'limb-scale' }],
      already: { unit: 'NU', rate: 100, steps: steps.length },
    });
    const random = new Random(1);
    const noise = Array.from({ length: 2 }, () => Float64Array.from({ length: 1000 }, () => random.normal()));
    const [one, two] = [noise[0]!, noise[1]!.map((value, i) => 3 * value + noise[0]![i]!)];
    const six = [one, two, two.map((value, i) => value - one[i]!)];
    six.push(
      one.map((value, i) => -(value + two[i]!) / 2),
      one.map((value, i) => value - two[i]! / 2),
      two.map((value, i) => value - one[i]! / 2),
    );
    // As the set is published: every lead with deviation 1.
    const published = synthetic({ unit: 'NU', rate: 100 });
    const leads = published.leads.map((lead, l) => {
      const values = six[l];
      if (values === undefined) return lead;
      const mean = values.reduce((sum, value) => sum + value, 0) / 1000;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 1000);
      return {
        ...lead,
        samples: Float32Array.from(values, (value) => Math.round((1000 * (value - mean)) / deviation)),
      };
    });
    const recording = { ...published, leads };
    const { values } = preprocess(recording, limbs);
    const deviationOf = (l: number) =>
      Math.sqrt(values.subarray(1000 * l, 1000 * (l + 1)).reduce((sum, x) => sum + x * x, 0) / 1000);
    const expected = Math.sqrt(
      two.reduce((sum, x) => sum + x * x, 0) / one.reduce((sum, x) => sum + x * x, 0),
    );
    expect(deviationOf(1) / deviationOf(0)).toBeCloseTo(expected, 1);
    // Chest leads are what they were.
    const before = preprocess(recording, superclassPreprocessing).values;
    expect(values.subarray(6000)).toEqual(before.subarray(6000));
    expect(() =>
      preprocessingSchema.parse({ ...limbs, already: { unit: 'NU', rate: 100, steps: 0 } }),
    ).toThrow();
  });

  it('does not take the word of a header for it: what passes must be scaled', () => {
    expect(() => preprocess(synthetic({ unit: 'NU', rate: 100, gain: 1 }), superclassPreprocessing)).toThrow(
      expect.objectContaining({ reason: 'signal_value' }),
    );
  });

  it('keeps the time of a recording whose length is no whole number of seconds', () => {
    const { samples, values } = preprocess(synthetic({ rate: 500 }, 5974), superclassPreprocessing);
    expect(samples).toBe(1195);
    // Lead V6 turns once in 2 pi 16 samples at 500 Hz: its zeros are 10.05 samples apart at 100 Hz.
    const lead = values.subarray(11 * samples, 12 * samples);
    let crossings = 0;
    for (let i = 101; i <= 1000; i++) if (lead[i - 1]! < 0 !== lead[i]! < 0) crossings++;
    expect(crossings).toBeGreaterThanOrEqual(88);
    expect(crossings).toBeLessThanOrEqual(91);
    expect(preprocess(synthetic({ rate: 500 }, 5974), dsailPreprocessing).samples).toBe(5500);
  });

  it('does not pass the same signal at another rate or in volts', () => {
    expect(preprocess(synthetic({ unit: 'NU', rate: 500 }), superclassPreprocessing).samples).toBe(200);
    expect(preprocess(synthetic({ unit: 'mV', rate: 500 }), superclassPreprocessing).samples).toBe(200);
  });

  it.each([
    ['no samples', synthetic({}, 0), 'recording_too_short'],
    ['less than a second', synthetic({}, 400), 'recording_too_short'],
    ['fewer samples than a filter needs', synthetic({ rate: 8 }, 9), 'recording_too_short'],
    [
      'a missing sample',
      synthetic({ samples: Float32Array.of(...Array(999).keys(), Number.NaN) }),
      'signal_value',
    ],
    ['constants', synthetic({ samples: new Float32Array(1000).fill(7) }), 'signal_value'],
    ['a millionfold amplitude', synthetic({ gain: 1e-3 }), 'signal_value'],
    ['a gain for microvolts', synthetic({ gain: 1e6 }), 'signal_value'],
  ])('refuses %s', (_, recording, reason) => {
    const configuration: PreprocessingConfiguration = {
      input: 'millivolts',
      steps: [
        { step: 'resample', rate: 8 },
        { step: 'lowpass', order: 2, high: 3 },
      ],
    };
    expect(() => preprocess(recording, configuration)).toThrow(expect.objectContaining({ reason }));
  });

  it('refuses a rate that a filter cannot have', () => {
    const configuration: PreprocessingConfiguration = {
      input: 'adc',
      steps: [{ step: 'notch', frequency: 60, quality: 60 }],
    };
    expect(() => preprocess(synthetic({ rate: 100 }), configuration)).toThrow(
      expect.objectContaining({ reason: 'header_value' }),
    );
  });
});

describe('preprocessingSchema', () => {
  it.each([dsailPreprocessing, superclassPreprocessing])(
    'takes the published configurations',
    (configuration) => {
      expect(preprocessingSchema.parse(configuration)).toEqual(configuration);
    },
  );

  it('names an unknown key', () => {
    const result = preprocessingSchema.safeParse({ ...dsailPreprocessing, filter_notch: [50] });
    expect(result.error?.message).toContain('filter_notch');
    const inner = preprocessingSchema.safeParse({
      input: 'adc',
      steps: [{ step: 'resample', hz: 500, rate: 1 }],
    });
    expect(inner.error?.message).toContain('hz');
  });
});

describe('configurationHash', () => {
  it('does not depend on the order of keys, and on nothing but the configuration', () => {
    const { steps, input } = dsailPreprocessing;
    expect(configurationHash({ steps, input })).toBe(configurationHash(dsailPreprocessing));
    expect(configurationHash({ input, steps, already: undefined })).toBe(
      configurationHash(dsailPreprocessing),
    );
    expect(configurationHash({ input: 'millivolts', steps })).not.toBe(configurationHash(dsailPreprocessing));
  });

  it('stays what is stored with predictions', () => {
    expect(configurationHash(dsailPreprocessing)).toMatchInlineSnapshot(
      `"61e14b99575acf63f98003f2471631b9dceac14ef48737e62781b42272ff5f37"`,
    );
    expect(configurationHash(superclassPreprocessing)).toMatchInlineSnapshot(
      `"07d13f27cc6b8706f8e6ed612624e6e3f9c76968765c51e4a56dcb1a5ca71a5f"`,
    );
  });
});

describe.skipIf(!hasData)('preprocessing of real recordings (needs ../shared/data)', () => {
  it('passes a PTB-XL superclass recording unchanged', () => {
    const recording = readRecord(join(dataFolder, 'ecg/ptbxl-superclass/val/PX00134.hea'));
    const { rate, values } = preprocess(recording, superclassPreprocessing);
    expect(rate).toBe(100);
    for (const [lead, { samples }] of recording.leads.entries())
      for (const [i, sample] of samples.entries())
        expect(values[lead * 1000 + i]).toBe(Math.fround(sample * 0.001));
  });

  it('brings a 500 Hz recording to the form of that set: mean 0, deviation 1, nothing above 45 Hz', () => {
    const recording = readRecord(join(dataFolder, 'ecg/cinc/torch_ecg/E07500.hea'));
    const { rate, samples, values } = preprocess(recording, superclassPreprocessing);
    expect([rate, samples]).toEqual([100, 1000]);
    const lead = values.subarray(0, 1000);
    const deviation = Math.sqrt(lead.reduce((sum, v) => sum + v * v, 0) / 1000);
    expect(deviation).toBeGreaterThan(0.99);
    expect(deviation).toBeLessThan(1.001);
  });
});
