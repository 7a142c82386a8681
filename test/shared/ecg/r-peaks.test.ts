import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Noise, quiet, restless } from '../../../shared/ecg/generator/noise.ts';
import { type GeneratedKind, generatedKinds, generateEcg } from '../../../shared/ecg/generator.ts';
import { heartRate } from '../../../shared/ecg/heart-rate.ts';
import { twelveLeads } from '../../../shared/ecg/leads.ts';
import { rPeaks } from '../../../shared/ecg/r-peaks.ts';
import type { Lead } from '../../../shared/ecg/recording.ts';
import { dataFolder, hasData } from '../../reference.ts';
import { readRecord } from './read-record.ts';

const kinds = Object.keys(generatedKinds) as GeneratedKind[];

/** Beats missed, and peaks that are none; what lies within 0.2 s of an end may be either. */
function mistakes(truth: readonly number[], found: readonly number[], seconds: number, tolerance: number) {
  const inside = (time: number) => time > 0.2 && time < seconds - 0.2;
  const near = (times: readonly number[], time: number) =>
    times.some((other) => Math.abs(other - time) < tolerance);
  return {
    missed: truth.filter((time) => inside(time) && !near(found, time)).length,
    invented: found.filter((time) => inside(time) && !near(truth, time)).length,
  };
}

describe('rPeaks', () => {
  it.each(
    kinds.flatMap(
      (kind) =>
        [
          [kind, 'quiet', quiet],
          [kind, 'restless', restless],
        ] as [GeneratedKind, string, Noise][],
    ),
  )('finds every beat of %s, %s, and no other', (kind, _, noise) => {
    for (let seed = 0; seed < 3; seed++) {
      const { recording, beats } = generateEcg({ kind, seed, noise, seconds: 20 });
      const found = [...rPeaks(recording.leads)];
      expect(
        mistakes(
          beats.map((beat) => beat.time),
          found,
          20,
          0.06,
        ),
      ).toEqual({ missed: 0, invented: 0 });
    }
  });

  it.each([
    ['sinus-rhythm', 180],
    ['sinus-rhythm', 240],
    ['sinus-rhythm', 260],
    ['sinus-rhythm', 300],
    ['right-bundle-branch-block', 250],
    ['left-bundle-branch-block', 240],
  ] as const)('does not halve the rate of a fast heart: %s at %i a minute', (kind, rate) => {
    for (let seed = 0; seed < 3; seed++) {
      const { recording } = generateEcg({ kind, seed, heartRate: rate });
      const found = heartRate(rPeaks(recording.leads))!;
      expect(Math.abs(found - rate) / rate, `${found} a minute`).toBeLessThan(0.02);
    }
  });

  it.each([100, 250, 1000])('works at %i samples a second', (rate) => {
    const { recording, beats } = generateEcg({ kind: 'sinus-rhythm', seed: 1, rate });
    expect(
      mistakes(
        beats.map((beat) => beat.time),
        [...rPeaks(recording.leads)],
        10,
        0.04,
      ),
    ).toEqual({ missed: 0, invented: 0 });
  });

  it('does not mind a loose electrode, flat leads, missing samples, a sign or a unit', () => {
    const { recording, beats } = generateEcg({ kind: 'sinus-rhythm', seed: 2 });
    const change: Record<string, (lead: Lead) => Partial<Lead>> = {
      V1: () => ({ samples: new Float32Array(5000) }),
      V2: ({ samples }) => ({ samples: samples.map((v, i) => (i % 700 === 0 ? 20_000 : v)) }),
      V3: ({ samples }) => ({ samples: samples.map((v, i) => (i > 1000 && i < 1500 ? Number.NaN : v)) }),
      V4: () => ({ gain: -1000 }),
      V5: () => ({ unit: 'NU' }),
    };
    const leads = recording.leads.map((lead) => ({ ...lead, ...change[lead.name]?.(lead) }));
    expect(
      mistakes(
        beats.map((beat) => beat.time),
        [...rPeaks(leads)],
        10,
        0.04,
      ),
    ).toEqual({ missed: 0, invented: 0 });
  });

  it('finds nothing where there is nothing', () => {
    const { recording } = generateEcg({ kind: 'sinus-rhythm', seed: 1 });
    expect(rPeaks([])).toHaveLength(0);
    expect(
      rPeaks(recording.leads.map((lead) => ({ ...lead, samples: new Float32Array(5000) }))),
    ).toHaveLength(0);
    expect(
      rPeaks(recording.leads.map((lead) => ({ ...lead, samples: lead.samples.subarray(0, 200) }))),
    ).toHaveLength(0);
    expect(rPeaks(recording.leads.map((lead) => ({ ...lead, rate: 50 })))).toHaveLength(0);
  });
});

describe('heartRate', () => {
  it('is the rate of the mean interval', () => {
    expect(heartRate([0, 1, 1.5, 3])).toBe(60);
    expect(heartRate([0, 1])).toBeUndefined();
  });
});

/** Sample numbers of the beats in an annotation file of the MIT format (annot(5)). */
function beatsOf(bytes: Buffer): number[] {
  const beats: number[] = [];
  let time = 0;
  for (let i = 0; i + 1 < bytes.length; ) {
    const word = bytes.readUInt16LE(i);
    const [code, value] = [word >> 10, word & 1023];
    i += 2;
    if (word === 0) break;
    if (code === 59) {
      time += (bytes.readUInt16LE(i) << 16) | bytes.readUInt16LE(i + 2);
      i += 4;
    } else if (code === 63) i += value + (value & 1);
    else if (code < 60) {
      time += value;
      // 1 to 13 are beats; 14 to 49 are changes of rhythm, noise and the like.
      if (code <= 13) beats.push(time);
    }
  }
  return beats;
}

describe.skipIf(!hasData)('real recordings (need ../shared/data)', () => {
  it('has the annotated beats of a minute of MIT-BIH 100', () => {
    const folder = join(dataFolder, 'odd/ecg-kit-wfdb-database');
    const truth = beatsOf(readFileSync(join(folder, '100s.atr'))).map((sample) => sample / 360);
    expect(truth).toHaveLength(74);
    const found = [...rPeaks(readRecord(join(folder, '100s.hea')).leads)];
    expect(found).toHaveLength(74);
    expect(mistakes(truth, found, 60, 0.01)).toEqual({ missed: 0, invented: 0 });
  });

  it('agrees with what cardiologists said of the rate', () => {
    const rates: Record<string, number[]> = { '426177001': [], '427084000': [] };
    for (const folder of ['torch_ecg', 'tuijalei-smoke'].map((f) => join(dataFolder, 'ecg/cinc', f)))
      for (const file of readdirSync(folder).filter((f) => f.endsWith('.hea'))) {
        const recording = readRecord(join(folder, file));
        const rate = heartRate(rPeaks(twelveLeads(recording)));
        // Premature beats raise the mean rate above that of the sinus node.
        if (!recording.diagnoses.includes('284470004'))
          for (const code of recording.diagnoses) rates[code]?.push(rate!);
      }
    const [bradycardia, tachycardia] = [rates['426177001']!, rates['427084000']!];
    expect(bradycardia).toHaveLength(12);
    expect(tachycardia).toHaveLength(8);
    expect(Math.max(...bradycardia)).toBeLessThan(61);
    expect(Math.min(...tachycardia)).toBeGreaterThan(95);
  });
});
