import { describe, expect, it } from 'vitest';
import { ecgFindings } from '../../../../shared/ecg/findings.ts';
import { restless } from '../../../../shared/ecg/generator/noise.ts';
import {
  type GeneratedKind,
  generatedKinds,
  generateEcg,
  type TrueBeat,
} from '../../../../shared/ecg/generator.ts';
import { measurementNames } from '../../../../shared/ecg/measurements/measure-ecg.ts';
import type { Recording } from '../../../../shared/ecg/recording.ts';
import { dataFolder, hasData } from '../../../reference.ts';
import { vendorRecording } from '../vendor-recording.ts';

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** What the generator knows of the usual beat, in milliseconds. */
function truthOf(beats: readonly TrueBeat[]) {
  const usual = beats.filter(({ kind }) => kind === 'sinus' || kind === 'conducted');
  const of = (measure: (beat: TrueBeat) => number) => 1000 * median(usual.map(measure));
  return {
    qrs: of((beat) => beat.qrsEnd - beat.qrsOnset),
    qt: of((beat) => beat.tEnd - beat.qrsOnset),
    pr: of((beat) => beat.qrsOnset - (beat.pOnset ?? Number.NaN)),
  };
}

describe('measureEcg', () => {
  const kinds = Object.keys(generatedKinds) as GeneratedKind[];

  it.each(kinds)('measures generated %s within what a reader would accept', (kind) => {
    for (const rate of [250, 500]) {
      const { recording, beats } = generateEcg({ kind, seed: 3, rate });
      const { values, reasons } = ecgFindings(recording)!.measurements;
      const truth = truthOf(beats);
      // An injury current begins inside the complex, and a fibrillating baseline hides the end of the T wave.
      const injured = kind.startsWith('st-');
      const fibrillating = kind === 'atrial-fibrillation';
      expect(Math.abs(values.qrsDuration! - truth.qrs)).toBeLessThan(injured ? 60 : 30);
      expect(Math.abs(values.qtInterval! - truth.qt)).toBeLessThan(fibrillating ? 40 : 22);
      if (fibrillating) expect(reasons.prInterval).toBe('no_p_wave');
      else expect(Math.abs(values.prInterval! - truth.pr)).toBeLessThan(20);
      const seconds = beats.at(-1)!.time - beats[0]!.time;
      expect(values.rrMean!).toBeCloseTo((1000 * seconds) / (beats.length - 1), -1.5);
      expect(values.heartRate! * values.rrMean!).toBeCloseTo(60_000, -1);
    }
  });

  it('measures a restless patient beside a transformer too', () => {
    const { recording, beats } = generateEcg({ kind: 'sinus-rhythm', seed: 5, noise: restless });
    const { values } = ecgFindings(recording)!.measurements;
    const truth = truthOf(beats);
    expect(Math.abs(values.qrsDuration! - truth.qrs)).toBeLessThan(30);
    expect(Math.abs(values.qtInterval! - truth.qt)).toBeLessThan(40);
  });

  it('says where the ST segment is lifted and where it is pressed', () => {
    const of = (kind: GeneratedKind) =>
      ecgFindings(generateEcg({ kind, seed: 1 }).recording)!.measurements.leads;
    expect(of('st-elevation').V3!.st).toBeGreaterThan(0.1);
    expect(of('st-depression').V5!.st).toBeLessThan(-0.05);
    expect(Math.abs(of('sinus-rhythm').V5!.st)).toBeLessThan(0.05);
  });

  it('has a reason for whatever it does not measure', () => {
    const { recording } = generateEcg({ kind: 'sinus-rhythm', seed: 1 });
    const with_ = (change: (recording: Recording) => Recording) =>
      ecgFindings(change(recording))!.measurements;
    const cut = (seconds: number) => (whole: Recording) => ({
      ...whole,
      leads: whole.leads.map((lead) => ({ ...lead, samples: lead.samples.subarray(0, seconds * lead.rate) })),
    });
    const cases = [
      with_(cut(1)),
      with_(cut(0.02)),
      with_((whole) => ({ ...whole, leads: whole.leads.slice(6) })),
      with_((whole) => ({ ...whole, leads: whole.leads.map((lead) => ({ ...lead, unit: 'NU' })) })),
      ecgFindings(generateEcg({ kind: 'sinus-rhythm', seed: 1, rate: 100 }).recording)!.measurements,
    ];
    for (const { values, reasons } of cases)
      for (const name of measurementNames) expect(values[name] === null).toBe(reasons[name] !== undefined);
    expect(cases[0]!.reasons.heartRate).toBe('few_beats');
    expect(cases[2]!.reasons.qrsAxis).toBe('leads_missing');
    expect(cases[2]!.values.qtInterval).not.toBeNull();
    expect(cases[3]!.reasons.qrsAxis).toBe('no_unit');
    expect(cases[3]!.leads).toEqual({});
    expect(cases[4]!.reasons.qrsDuration).toBe('sampling_rate');
    expect(cases[4]!.values.heartRate).not.toBeNull();
  });

  // Machines of GE, Mortara, Lepu and Philips: what they printed, and how far it may be from ours. example4 of GE is paced.
  it
    .skipIf(!hasData)
    .each([
      'ge-muse/braveheart/example1.xml',
      'ge-muse/braveheart/example2.xml',
      'ge-muse/introecg/MUSE_20200923_093504_79000_example.xml',
      'hl7-aecg/ecg-kit/ecg_hl7.xml',
      'hl7-aecg/lepu/lead12_1.xml',
      'philips-sierra/examples/xml/1_04/ad4d3d80-d165_1-04_converted.xml',
    ])('agrees with what the machine printed on %s', (file) => {
    const { leads, printed } = vendorRecording(`${dataFolder}ecg/vendor/${file}`);
    const recording: Recording = { format: 'wfdb', rate: leads[0]!.rate, leads, diagnoses: [] };
    const { values } = ecgFindings(recording)!.measurements;
    if (printed.heartRate) expect(Math.abs(values.heartRate! - printed.heartRate)).toBeLessThanOrEqual(4);
    expect(Math.abs(values.qrsDuration! - printed.qrs!)).toBeLessThanOrEqual(12);
    expect(Math.abs(values.qtInterval! - printed.qt!)).toBeLessThanOrEqual(24);
    if (values.prInterval !== null) expect(Math.abs(values.prInterval - printed.pr!)).toBeLessThanOrEqual(16);
    if (printed.axis !== undefined) expect(Math.abs(values.qrsAxis! - printed.axis)).toBeLessThanOrEqual(15);
  });
});
