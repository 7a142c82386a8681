import { describe, expect, it } from 'vitest';
import { standardLead, twelveLeads } from '../../../shared/ecg/leads.ts';
import { isVoltage, millivolts } from '../../../shared/ecg/millivolts.ts';
import { type Lead, type Recording, standardLeads } from '../../../shared/ecg/recording.ts';

function lead(name: string, value: number, overrides: Partial<Lead> = {}): Lead {
  return {
    name,
    samples: Float32Array.of(value, 2 * value, -value),
    gain: 1000,
    baseline: 0,
    unit: 'mV',
    rate: 500,
    ...overrides,
  };
}
const recording = (leads: readonly Lead[]): Recording => ({
  format: 'wfdb',
  rate: 500,
  leads,
  diagnoses: [],
});
const all = standardLeads.map((name, i) => lead(name, i + 1));

describe('standardLead', () => {
  it.each([
    ['I', 'I'],
    ['ii', 'II'],
    ['DIII', 'III'],
    ['D1', 'I'],
    ['Lead II', 'II'],
    ['ECG lead II', 'II'],
    ['EKG_V3', 'V3'],
    ['MDC_ECG_LEAD_AVR', 'aVR'],
    ['MDC_ECG_LEAD_V1', 'V1'],
    ['AVL', 'aVL'],
    ['avf', 'aVF'],
    [' aVR ', 'aVR'],
    ['C4', 'V4'],
    ['v6', 'V6'],
  ])('%s is %s', (name, expected) => {
    expect(standardLead(name)).toBe(expected);
  });

  it.each(['MLII', '-aVR', 'V7', 'V3R', 'X', 'vx', 'ABP', 'Resp. Imp.', '', 'ECG', 'LEAD', 'V', 'IV'])(
    '%j is none',
    (name) => {
      expect(standardLead(name)).toBeUndefined();
    },
  );
});

describe('twelveLeads', () => {
  it('brings any order and spelling into the standard one', () => {
    const shuffled = all.map((l) => ({ ...l, name: `MDC_ECG_LEAD_${l.name.toUpperCase()}` })).reverse();
    expect(twelveLeads(recording(shuffled))).toEqual(all);
  });

  it('leaves further leads out', () => {
    const fifteen = [...all, lead('V7', 1), lead('V8', 2), lead('V9', 3)];
    expect(twelveLeads(recording(fifteen))).toEqual(all);
  });

  it('derives the limb leads of an eight-lead recording, whatever its gains', () => {
    const first = lead('I', 0, { samples: Float32Array.of(100, 200, 0), gain: 1000 });
    const second = lead('II', 0, { samples: Float32Array.of(100, 50, 10), gain: 500, baseline: 10 });
    const chest = all.filter((l) => l.name.startsWith('V'));
    const leads = twelveLeads(recording([first, second, ...chest]));
    const [i, ii, iii, avr, avl, avf] = leads.map((l) =>
      [...millivolts(l)].map((v) => Math.round(v * 1e4) / 1e4),
    );
    expect([i, ii]).toEqual([
      [0.1, 0.2, 0],
      [0.18, 0.08, 0],
    ]);
    expect(iii).toEqual([0.08, -0.12, 0]);
    expect(avr!.map((v) => v + 0)).toEqual([-0.14, -0.14, 0]);
    expect(avl).toEqual([0.01, 0.16, 0]);
    expect(avf).toEqual([0.13, -0.02, 0]);
  });

  it('takes a lead given twice when both are the same', () => {
    expect(twelveLeads(recording([...all, all[3]!]))).toEqual(all);
    expect(() => twelveLeads(recording([...all, lead('aVR', 99)]))).toThrow(
      expect.objectContaining({ reason: 'header_value', detail: expect.stringContaining('aVR') }),
    );
  });

  it.each([
    ['no lead', [], 'I, II, III, aVR, aVL, aVF, V1, V2, V3, V4, V5, V6'],
    ['one lead', ['I'], 'II, III'],
    ['three leads', ['I', 'II', 'III'], 'V1, V2, V3, V4, V5, V6'],
    ['six leads', ['I', 'II', 'III', 'aVR', 'aVL', 'aVF'], 'V1, V2'],
    ['eleven leads', standardLeads.filter((name) => name !== 'V4'), 'V4.'],
  ])('refuses %s by name', (_, names, missing) => {
    expect(() => twelveLeads(recording(names.map((name) => lead(name, 1))))).toThrow(
      expect.objectContaining({ reason: 'leads_missing', detail: expect.stringContaining(missing) }),
    );
  });

  it.each([{ rate: 250 }, { samples: new Float32Array(4) }])(
    'refuses leads that do not fit together',
    (overrides) => {
      expect(() => twelveLeads(recording(all.with(4, lead('aVL', 1, overrides))))).toThrow(
        expect.objectContaining({ reason: 'header_value' }),
      );
    },
  );
});

describe('millivolts', () => {
  it.each([
    ['mV', 1],
    ['mv', 1],
    ['uV', 1e-3],
    ['µV', 1e-3],
    ['nV', 1e-6],
    ['V', 1e3],
    ['NU', 1],
  ])('from %s', (unit, factor) => {
    const samples = millivolts(
      lead('I', 0, { samples: Float32Array.of(510, 10), gain: 100, baseline: 10, unit }),
    );
    expect(samples[0]! / (5 * factor)).toBeCloseTo(1, 5);
    expect(samples[1]).toBe(0);
    expect(isVoltage(lead('I', 0, { unit }))).toBe(unit !== 'NU');
  });
});
