import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { spectrogram } from '../../../../shared/ecg/signal/spectrogram.ts';
import { dataFolder, hasData, hasReference, readReferenceFloats } from '../../../reference.ts';
import { readRecord } from '../read-record.ts';

describe.skipIf(!hasReference || !hasData)(
  'spectrogram against scipy (needs ../shared/reference and ../shared/data)',
  () => {
    it('of lead II of A0001, in natural logarithm', () => {
      const expected = readReferenceFloats('signal/A0001-leadII-spectrogram.f32');
      const recording = readRecord(join(dataFolder, 'ecg/cinc/cpsc2018-A0001-A0150/A0001.hea'));
      const signal = recording.leads[1]!.samples.subarray(0, 4096);
      const result = spectrogram(signal, { rate: 500, segment: 64, overlap: 32 });
      expect([result.frequencies, result.times]).toEqual([33, 127]);
      let worst = 0;
      for (const [i, power] of result.power.entries())
        worst = Math.max(worst, Math.abs((power > 0 ? Math.log(power) : power) - expected[i]!));
      expect(worst).toBeLessThan(1e-3);
    });
  },
);

describe('spectrogram', () => {
  it('puts a sine into its bin, with its power', () => {
    const signal = Float64Array.from({ length: 1024 }, (_, i) => Math.sin((2 * Math.PI * 62.5 * i) / 500));
    const { power, times } = spectrogram(signal, { rate: 500, segment: 64, overlap: 32 });
    let total = 0;
    let largest = 0;
    for (let bin = 0; bin < 33; bin++) {
      total += power[bin * times + 5]! * (500 / 64);
      if (power[bin * times + 5]! > power[largest * times + 5]!) largest = bin;
    }
    expect(largest).toBe(8);
    expect(total).toBeCloseTo(0.5, 2);
  });

  it('refuses a signal below a segment', () => {
    expect(() => spectrogram(new Float32Array(63), { rate: 500, segment: 64, overlap: 32 })).toThrow(
      RangeError,
    );
  });
});
