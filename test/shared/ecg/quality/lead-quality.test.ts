import { describe, expect, it } from 'vitest';
import { generateEcg } from '../../../../shared/ecg/generator.ts';
import { leadQuality } from '../../../../shared/ecg/quality/lead-quality.ts';
import type { Lead } from '../../../../shared/ecg/recording.ts';
import { Random } from '../../../../shared/random.ts';

const { recording } = generateEcg({ kind: 'sinus-rhythm', seed: 4 });
const second = recording.leads[1]!;
/** Lead II with something added, in millivolts, at a time in seconds. */
const plus = (addition: (time: number) => number): Lead => ({
  ...second,
  samples: second.samples.map((sample, i) => sample + second.gain * addition(i / second.rate)),
});
const replaced = (change: (sample: number, time: number) => number): Lead => ({
  ...second,
  samples: second.samples.map((sample, i) => change(sample, i / second.rate)),
});

describe('leadQuality', () => {
  it('finds nothing wrong with a quiet recording', () => {
    for (const lead of recording.leads) expect(leadQuality(lead).marks).toEqual([]);
  });

  it('sees a lead that is off, all the time or for a while', () => {
    expect(leadQuality(replaced(() => 12)).marks).toEqual(['flat']);
    expect(leadQuality(replaced((sample, time) => (time < 3 ? 0 : sample))).marks).toEqual(['dropout']);
    expect(leadQuality(replaced((sample, time) => (time < 0.5 ? 0 : sample))).marks).toEqual([]);
  });

  it('sees samples that are missing', () => {
    const lead = leadQuality(replaced((sample, time) => (time > 4 && time < 5 ? Number.NaN : sample)));
    expect(lead.marks).toContain('missing');
    expect(lead.missing).toBeCloseTo(0.1, 2);
    expect(leadQuality(replaced(() => Number.NaN)).marks).toEqual(['flat', 'missing']);
  });

  it('sees the limits of an amplifier, and takes no flat top of the usual size for one', () => {
    const limit = 1.2 * second.gain;
    const high = replaced((sample) => Math.min(limit, 3 * sample));
    expect(leadQuality(high).marks).toEqual(['clipped']);
    expect(leadQuality(plus(() => 0)).clipped).toBe(0);
  });

  it('measures hum, drift and tremor by their amplitudes', () => {
    for (const frequency of [50, 60]) {
      const hum = leadQuality(plus((time) => 0.1 * Math.sin(2 * Math.PI * frequency * time)));
      expect(hum.marks).toContain('mains');
      expect(hum.mains!).toBeCloseTo(0.1, 2);
    }
    const drift = leadQuality(plus((time) => 0.8 * Math.sin(2 * Math.PI * 0.15 * time)));
    expect(drift.marks).toEqual(['wander']);
    expect(drift.wander!).toBeGreaterThan(1.3);
    expect(drift.wander!).toBeLessThan(1.8);
    const random = new Random(1);
    const tremor = leadQuality(plus(() => 0.15 * random.normal()));
    expect(tremor.marks).toEqual(['noise']);
  });

  it('knows no amplitudes without a unit', () => {
    const { marks, wander, mains, noise } = leadQuality({
      ...plus((time) => 100 * Math.sin(2 * Math.PI * 50 * time)),
      unit: 'NU',
    });
    expect([wander, mains, noise]).toEqual([null, null, null]);
    expect(marks).toEqual([]);
  });
});
