import { describe, expect, it } from 'vitest';
import { addSine } from '../../../../shared/learning/augmentation/add-sine.ts';
import { addSquare } from '../../../../shared/learning/augmentation/add-square.ts';
import {
  type Augmentation,
  lead,
  type Signal,
} from '../../../../shared/learning/augmentation/augmentation.ts';
import { crop } from '../../../../shared/learning/augmentation/crop.ts';
import { dropLeads } from '../../../../shared/learning/augmentation/drop-leads.ts';
import { dropSamples } from '../../../../shared/learning/augmentation/drop-samples.ts';
import { flip } from '../../../../shared/learning/augmentation/flip.ts';
import { noise } from '../../../../shared/learning/augmentation/noise.ts';
import { oneOf } from '../../../../shared/learning/augmentation/one-of.ts';
import { scale } from '../../../../shared/learning/augmentation/scale.ts';
import { shift } from '../../../../shared/learning/augmentation/shift.ts';
import { stretch } from '../../../../shared/learning/augmentation/stretch.ts';
import { Random } from '../../../../shared/random.ts';

const leads = 12;
const samples = 400;

function ramp(): Signal {
  const data = Float32Array.from(
    { length: leads * samples },
    (_, i) => Math.floor(i / samples) + (i % samples) / 1000,
  );
  return { leads, samples, data };
}

const ones = (): Signal => ({ leads, samples, data: new Float32Array(leads * samples).fill(1) });
const zeros = (): Signal => ({ leads, samples, data: new Float32Array(leads * samples) });

const every: [string, Augmentation][] = [
  ['scale', scale({ deviation: 0.2, each: 'lead' })],
  ['noise', noise({ deviation: 0.1 })],
  ['flip', flip()],
  ['drop samples', dropSamples({ share: 0.1 })],
  ['drop leads', dropLeads({ probability: 0.2 })],
  ['add sine', addSine({ amplitude: [0.25, 1], frequency: [0.001, 0.02] })],
  ['add square', addSquare({ amplitude: [0.25, 1], frequency: [0.001, 0.1] })],
  ['crop', crop({ samples: 300 })],
  ['shift', shift({ samples: 50 })],
  ['stretch', stretch({ share: 0.1 })],
];

describe.each(every)('%s', (_, augment) => {
  it('repeats with its seed and differs with another, and keeps values finite', () => {
    const a = augment(ramp(), new Random(1)).data;
    expect(augment(ramp(), new Random(1)).data).toEqual(a);
    expect(a.every(Number.isFinite)).toBe(true);
    if (_ !== 'flip') expect(augment(ramp(), new Random(2)).data).not.toEqual(a);
  });
});

describe('what they do', () => {
  it('scale by one factor for the recording, or one a lead', () => {
    const common = scale({ deviation: 0.2, each: 'recording' })(ones(), new Random(1)).data;
    expect(new Set(common).size).toBe(1);
    expect(common[0]).not.toBe(1);
    expect(new Set(scale({ deviation: 0.2, each: 'lead' })(ones(), new Random(1)).data).size).toBe(leads);
  });

  it('noise has its standard deviation', () => {
    const { data } = noise({ deviation: 0.3 })(zeros(), new Random(1));
    expect(Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length)).toBeCloseTo(0.3, 2);
  });

  it('drop samples: a tenth, the same in all leads', () => {
    const signal = dropSamples({ share: 0.1 })(ones(), new Random(1));
    const first = lead(signal, 0);
    expect(first.filter((x) => x === 0).length / samples).toBeCloseTo(0.1, 1);
    for (let l = 1; l < leads; l++) expect(lead(signal, l)).toEqual(first);
  });

  it('drop leads: whole leads only, with their probability', () => {
    const random = new Random(1);
    let dropped = 0;
    for (let trial = 0; trial < 200; trial++) {
      const signal = dropLeads({ probability: 0.2 })(ones(), random);
      for (let l = 0; l < leads; l++) {
        const values = new Set(lead(signal, l));
        expect(values.size).toBe(1);
        if (values.has(0)) dropped++;
      }
    }
    expect(dropped / (200 * leads)).toBeCloseTo(0.2, 1);
  });

  it('sine and square stay within their amplitudes and are the same in all leads', () => {
    for (const augment of [
      addSine({ amplitude: [0.25, 1], frequency: [0.001, 0.02] }),
      addSquare({ amplitude: [0.25, 1], frequency: [0.001, 0.1] }),
    ]) {
      const signal = augment(zeros(), new Random(4));
      const largest = signal.data.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
      expect(largest).toBeGreaterThan(0.2);
      expect(largest).toBeLessThanOrEqual(1);
      expect(lead(signal, 11)).toEqual(lead(signal, 0));
    }
  });

  it('crop: a window of every lead from the same sample; one of the starts when they are given', () => {
    const cropped = crop({ samples: 300 })(ramp(), new Random(1));
    const start = Math.round(lead(cropped, 0)[0]! * 1000);
    for (let l = 0; l < leads; l++) {
      expect(lead(cropped, l)).toEqual(lead(ramp(), l).subarray(start, start + 300));
    }
    const random = new Random(1);
    const starts = new Set(
      Array.from({ length: 50 }, () =>
        Math.round(crop({ samples: 300, starts: [0, 45, 90] })(ramp(), random).data[0]! * 1000),
      ),
    );
    expect([...starts].sort((a, b) => a - b)).toEqual([0, 45, 90]);
    expect(() => crop({ samples: 401 })(ramp(), random)).toThrow(RangeError);
  });

  it('shift: moves and fills with 0', () => {
    const random = new Random(1);
    for (let trial = 0; trial < 20; trial++) {
      const values = lead(shift({ samples: 50 })(ones(), random), 3);
      const zerosIn = values.filter((x) => x === 0).length;
      expect(zerosIn).toBeLessThanOrEqual(50);
      expect(values[0] === 1 || values[samples - 1] === 1).toBe(true);
    }
  });

  it('stretch: leaves the middle in place and a ramp linear', () => {
    const signal = stretch({ share: 0.1 })(ramp(), new Random(2));
    const values = lead(signal, 0);
    expect((values[199]! + values[200]!) / 2).toBeCloseTo(0.1995, 4);
    const slope = values[201]! - values[200]!;
    expect(values[250]! - values[249]!).toBeCloseTo(slope, 6);
    expect(Math.abs(slope - 0.001)).toBeLessThanOrEqual(0.00011);
  });

  it('one of several, or none', () => {
    const augment = oneOf([undefined, flip()]);
    const random = new Random(1);
    const signs = Array.from({ length: 100 }, () => augment(ones(), random).data[0]);
    expect(signs.filter((x) => x === 1).length).toBeGreaterThan(30);
    expect(signs.filter((x) => x === -1).length).toBeGreaterThan(30);
  });
});
