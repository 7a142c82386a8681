import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ecgFindings, examinedSeconds } from '../../../shared/ecg/findings.ts';
import { generateEcg } from '../../../shared/ecg/generator.ts';
import { type Lead, standardLeads } from '../../../shared/ecg/recording.ts';
import { seeds } from '../../seeds.ts';

const { recording } = generateEcg({ kind: 'sinus-rhythm', seed: 1 });

describe('ecgFindings', () => {
  it('finds the same whatever the order and the names of the leads', () => {
    const names = [
      'LEAD I',
      'd2',
      'MDC_ECG_LEAD_III',
      'AVR',
      'avl',
      'aVF',
      'C1',
      'c2',
      'v3',
      'V4',
      'ECG V5',
      'lead v6',
    ];
    const other = recording.leads.map((lead, l) => ({ ...lead, name: names[l]! })).reverse();
    expect(ecgFindings({ ...recording, leads: other })).toEqual(ecgFindings(recording));
  });

  it('measures what there is: one, three or eight leads', () => {
    const full = ecgFindings(recording)!.measurements.values;
    for (const some of [['II'], ['I', 'II', 'III'], ['I', 'II', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6']]) {
      const leads = recording.leads.filter(({ name }) => some.includes(name));
      const { quality, measurements } = ecgFindings({ ...recording, leads })!;
      expect(quality.verdict).toBe('good');
      expect(measurements.values.heartRate!).toBeCloseTo(full.heartRate!, 0);
      expect(Math.abs(measurements.values.qrsDuration! - full.qrsDuration!)).toBeLessThan(20);
    }
  });

  it('looks at the first minute of a long recording', () => {
    const { recording: long } = generateEcg({ kind: 'sinus-rhythm', seed: 1, seconds: 90, rate: 250 });
    const { beats, values } = ecgFindings(long)!.measurements;
    expect(beats).toBeCloseTo((values.heartRate! * examinedSeconds) / 60, -0.5);
  });

  it('is not there without standard leads, or where they differ in length', () => {
    expect(ecgFindings({ ...recording, leads: [] })).toBeUndefined();
    expect(ecgFindings({ ...recording, leads: [{ ...recording.leads[0]!, name: 'EEG' }] })).toBeUndefined();
    const [first, second] = recording.leads;
    const uneven = [first!, { ...second!, samples: second!.samples.subarray(1) }];
    expect(ecgFindings({ ...recording, leads: uneven })).toBeUndefined();
  });

  describe.each(seeds)('fuzzed, seed %i', (seed) => {
    it('answers whatever the samples are', () => {
      const value = fc.oneof(
        fc.integer({ min: -32768, max: 32767 }),
        fc.constantFrom(0, Number.NaN, Number.POSITIVE_INFINITY, 1e9, -1e9, 1e38),
      );
      const lead = fc.record({
        name: fc.constantFrom(...standardLeads),
        gain: fc.constantFrom(1000, -200, 1, 1e-6),
        unit: fc.constantFrom('mV', 'uV', 'NU'),
        pattern: fc.array(value, { minLength: 1, maxLength: 40 }),
      });
      fc.assert(
        fc.property(
          fc.uniqueArray(lead, { minLength: 1, maxLength: 12, selector: ({ name }) => name }),
          fc.constantFrom(1, 50, 100, 250, 257, 500),
          fc.integer({ min: 1, max: 1500 }),
          (drawn, rate, samples) => {
            const leads = drawn.map(
              ({ name, gain, unit, pattern }): Lead => ({
                name,
                gain,
                unit,
                baseline: 0,
                rate,
                samples: Float32Array.from({ length: samples }, (_, i) => pattern[i % pattern.length]!),
              }),
            );
            const findings = ecgFindings({ format: 'wfdb', rate, leads, diagnoses: [] })!;
            expect(findings.quality.leads).toHaveLength(leads.length);
            for (const figure of Object.values(findings.measurements.values))
              expect(figure === null || Number.isFinite(figure)).toBe(true);
          },
        ),
        { seed, numRuns: 150 },
      );
    });
  });
});
