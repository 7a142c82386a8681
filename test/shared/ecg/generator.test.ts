import { describe, expect, it } from 'vitest';
import { checkSignal } from '../../../shared/ecg/check-signal.ts';
import { parseHeader } from '../../../shared/ecg/formats/wfdb/header.ts';
import { readSignals } from '../../../shared/ecg/formats/wfdb/read-signals.ts';
import { writeRecord } from '../../../shared/ecg/formats/wfdb/write-record.ts';
import { restless } from '../../../shared/ecg/generator/noise.ts';
import {
  type GeneratedKind,
  type GeneratedRecording,
  generatedKinds,
  generateEcg,
  type TrueBeat,
} from '../../../shared/ecg/generator.ts';
import { millivolts } from '../../../shared/ecg/millivolts.ts';
import { type Recording, type StandardLead, standardLeads } from '../../../shared/ecg/recording.ts';

const kinds = Object.keys(generatedKinds) as GeneratedKind[];
const none = { wander: 0, mains: 0, muscle: 0 };

function lead({ recording }: GeneratedRecording, name: StandardLead): Float32Array {
  return millivolts(recording.leads[standardLeads.indexOf(name)]!);
}

/** All samples as bytes: vitest compares sixty thousand numbers in half a second. */
function bytes({ leads }: Recording): Buffer {
  return Buffer.concat(
    leads.map(({ samples }) => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)),
  );
}

/** Samples between two times in seconds, at 500 Hz. */
function between(signal: Float32Array, from: number, to: number): Float32Array {
  return signal.subarray(Math.round(from * 500), Math.round(to * 500));
}

/** Beats whose waves lie wholly within the recording. */
function whole({ beats }: GeneratedRecording): TrueBeat[] {
  return beats.filter((beat) => (beat.pOnset ?? beat.qrsOnset) > 0.1 && beat.tEnd < 9.9);
}

describe.each(kinds)('generateEcg, %s', (kind) => {
  it('obeys Einthoven and Goldberger in every sample, noise included', () => {
    const [i, ii, iii, avr, avl, avf] = generateEcg({ kind, seed: 1, noise: restless }).recording.leads.map(
      (l) => l.samples,
    ) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
    let einthoven = 0;
    let goldberger = 0;
    for (let t = 0; t < i.length; t++) {
      einthoven = Math.max(einthoven, Math.abs(iii[t]! - (ii[t]! - i[t]!)));
      goldberger = Math.max(
        goldberger,
        Math.abs(avr[t]! + (i[t]! + ii[t]!) / 2),
        Math.abs(avl[t]! - (i[t]! - ii[t]! / 2)),
        Math.abs(avf[t]! - (ii[t]! - i[t]! / 2)),
      );
    }
    expect(einthoven).toBe(0);
    expect(goldberger).toBeLessThanOrEqual(0.5);
  });

  it('has amplitudes and intervals of a human heart', () => {
    for (let seed = 0; seed < 5; seed++) {
      const generated = generateEcg({ kind, seed });
      checkSignal(generated.recording.leads);
      for (const l of generated.recording.leads)
        expect(Math.max(...millivolts(l).map(Math.abs))).toBeLessThan(5);
      expect(Math.max(...lead(generated, 'V5'))).toBeGreaterThan(0.5);
      for (const beat of whole(generated)) {
        const qrs = beat.qrsEnd - beat.qrsOnset;
        const qt = beat.tEnd - beat.qrsOnset;
        expect(qrs).toBeGreaterThan(0.07);
        expect(qrs).toBeLessThan(0.2);
        expect(qt).toBeGreaterThan(0.25);
        expect(qt).toBeLessThan(0.52);
        if (beat.pOnset !== undefined) {
          expect(beat.qrsOnset - beat.pOnset).toBeGreaterThan(0.1);
          expect(beat.qrsOnset - beat.pOnset).toBeLessThan(0.2);
        }
      }
    }
  });

  it('has its QRS complexes where it says', () => {
    const generated = generateEcg({ kind, seed: 3, noise: none });
    const [v2, v5, ii] = [lead(generated, 'V2'), lead(generated, 'V5'), lead(generated, 'II')];
    const strength = v2.map((v, t) => Math.hypot(v, v5[t]!, ii[t]!));
    for (const beat of whole(generated)) {
      const from = beat.qrsOnset - 0.08;
      const complex = between(strength, from, beat.qrsEnd + 0.05);
      const peak = from + complex.indexOf(Math.max(...complex)) / 500;
      expect(Math.abs(peak - beat.time)).toBeLessThan(0.06);
    }
  });

  it('is the same for the same seed, another for another', () => {
    const [once, again, other] = [11, 11, 12].map((seed) => generateEcg({ kind, seed }));
    expect(again!.beats).toEqual(once!.beats);
    expect(bytes(again!.recording).equals(bytes(once!.recording))).toBe(true);
    expect(bytes(other!.recording).equals(bytes(once!.recording))).toBe(false);
  });

  it('comes back from a WFDB record', () => {
    const { recording } = generateEcg({ kind, seed: 4 });
    for (const container of ['dat', 'mat'] as const) {
      const files = writeRecord(recording, { record: kind, format: 16, container });
      const read = readSignals(parseHeader(files.get(`${kind}.hea`)!), files);
      expect(bytes(read).equals(bytes(recording))).toBe(true);
      const { leads: _, ...facts } = recording;
      expect(read).toMatchObject(facts);
    }
  });
});

describe('generateEcg', () => {
  const rates = (generated: GeneratedRecording) => {
    const intervals = generated.beats.slice(1).map((beat, k) => beat.time - generated.beats[k]!.time);
    const mean = intervals.reduce((a, b) => a + b, 0) / intervals.length;
    const deviation = Math.sqrt(intervals.reduce((a, b) => a + (b - mean) ** 2, 0) / intervals.length);
    return { heartRate: 60 / mean, variation: deviation / mean };
  };

  it.each([40, 60, 100, 150])('keeps a sinus rhythm of %i a minute', (heartRate) => {
    const generated = generateEcg({ kind: 'sinus-rhythm', seed: 5, heartRate, seconds: 60 });
    expect(rates(generated).heartRate).toBeGreaterThan(heartRate * 0.97);
    expect(rates(generated).heartRate).toBeLessThan(heartRate * 1.03);
    expect(rates(generated).variation).toBeLessThan(0.06);
  });

  it('has no order and no P wave in atrial fibrillation', () => {
    const generated = generateEcg({ kind: 'atrial-fibrillation', seed: 5, seconds: 60 });
    expect(rates(generated).variation).toBeGreaterThan(0.15);
    expect(generated.beats.every((beat) => beat.pOnset === undefined)).toBe(true);
    // Between T and the next QRS only fibrillation moves the line.
    const v1 = lead(generateEcg({ kind: 'atrial-fibrillation', seed: 5, noise: none }), 'V1');
    const longest = generated.beats.findIndex(
      (b, k) => k > 0 && generated.beats[k + 1]!.time - b.time > 0.75,
    );
    const quiet = between(v1, generated.beats[longest]!.tEnd, generated.beats[longest + 1]!.qrsOnset);
    expect(Math.max(...quiet) - Math.min(...quiet)).toBeGreaterThan(0.04);
  });

  it.each(['premature-atrial-contractions', 'premature-ventricular-contractions'] as const)(
    '%s come early and are followed by a pause',
    (kind) => {
      const { beats } = generateEcg({ kind, seed: 6, seconds: 60 });
      const premature = beats.flatMap((beat, k) =>
        k > 0 && k < beats.length - 1 && beat.kind !== 'sinus' ? [k] : [],
      );
      expect(premature.length).toBeGreaterThan(6);
      for (const k of premature) {
        const before = beats[k]!.time - beats[k - 1]!.time;
        const after = beats[k + 1]!.time - beats[k]!.time;
        expect(after / before).toBeGreaterThan(1.4);
        expect(beats[k]!.pOnset === undefined).toBe(kind === 'premature-ventricular-contractions');
      }
    },
  );

  it('widens the complex in bundle-branch block, to the late side in V1', () => {
    const right = generateEcg({ kind: 'right-bundle-branch-block', seed: 7, noise: none });
    const left = generateEcg({ kind: 'left-bundle-branch-block', seed: 7, noise: none });
    for (const generated of [right, left])
      for (const beat of generated.beats) expect(beat.qrsEnd - beat.qrsOnset).toBeGreaterThan(0.12);
    const [beat] = whole(right) as [TrueBeat];
    expect(Math.max(...between(lead(right, 'V1'), beat.time + 0.03, beat.qrsEnd))).toBeGreaterThan(0.4);
    expect(Math.min(...between(lead(right, 'V6'), beat.time + 0.03, beat.qrsEnd))).toBeLessThan(-0.3);
    const [other] = whole(left) as [TrueBeat];
    expect(Math.max(...between(lead(left, 'V1'), other.qrsOnset, other.qrsEnd))).toBeLessThan(0.15);
    expect(Math.min(...between(lead(left, 'V1'), other.qrsOnset, other.qrsEnd))).toBeLessThan(-0.8);
    expect(Math.min(...between(lead(left, 'V6'), other.qrsOnset, other.time))).toBeGreaterThan(-0.05);
  });

  it('lifts and lowers the ST segment in the leads that should show it', () => {
    const level = (generated: GeneratedRecording, name: StandardLead) => {
      const [beat] = whole(generated) as [TrueBeat];
      const signal = lead(generated, name);
      return (
        signal[Math.round((beat.qrsEnd + 0.04) * 500)]! - signal[Math.round((beat.qrsOnset - 0.01) * 500)]!
      );
    };
    const elevation = generateEcg({ kind: 'st-elevation', seed: 8, noise: none });
    for (const name of ['V2', 'V3', 'V4'] as const) expect(level(elevation, name)).toBeGreaterThan(0.2);
    expect(level(elevation, 'III')).toBeLessThan(-0.05);
    const depression = generateEcg({ kind: 'st-depression', seed: 8, noise: none });
    for (const name of ['II', 'V4', 'V5'] as const) expect(level(depression, name)).toBeLessThan(-0.1);
    const normal = generateEcg({ kind: 'sinus-rhythm', seed: 8, noise: none });
    for (const name of standardLeads) expect(Math.abs(level(normal, name))).toBeLessThan(0.1);
  });

  it('reaches the voltage of Sokolow and Lyon in left ventricular hypertrophy, and not otherwise', () => {
    const voltage = (kind: GeneratedKind, seed: number) => {
      const generated = generateEcg({ kind, seed, noise: none });
      return (
        Math.max(...lead(generated, 'V5'), ...lead(generated, 'V6')) - Math.min(...lead(generated, 'V1'))
      );
    };
    for (let seed = 0; seed < 10; seed++) {
      expect(voltage('left-ventricular-hypertrophy', seed)).toBeGreaterThan(3.5);
      expect(voltage('sinus-rhythm', seed)).toBeLessThan(3.5);
    }
  });

  it('is disturbed by what was asked for', () => {
    const power = (signal: Float32Array, frequency: number) => {
      let re = 0;
      let im = 0;
      for (const [t, v] of signal.entries()) {
        re += v * Math.cos((2 * Math.PI * frequency * t) / 500);
        im += v * Math.sin((2 * Math.PI * frequency * t) / 500);
      }
      return (2 * Math.hypot(re, im)) / signal.length;
    };
    const clean = lead(generateEcg({ kind: 'sinus-rhythm', seed: 9, noise: none }), 'II');
    const noisy = lead(generateEcg({ kind: 'sinus-rhythm', seed: 9, noise: { ...none, mains: 0.1 } }), 'II');
    expect(power(clean, 50)).toBeLessThan(0.003);
    expect(power(noisy, 50)).toBeGreaterThan(0.01);
  });
});
