import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stratifiedFolds } from '../../../shared/learning/folds.ts';
import { Random } from '../../../shared/random.ts';

function records(count: number, rates: number[], seed: number): Uint8Array[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () =>
    Uint8Array.from(rates, (rate) => (random.uniform() < rate ? 1 : 0)),
  );
}

describe('stratifiedFolds', () => {
  it('spreads every label, rare ones too, and the records evenly', () => {
    const labels = records(1000, [0.5, 0.2, 0.05, 0.012], 1);
    const folds = stratifiedFolds(labels, 10, 42);
    for (let c = 0; c < 4; c++) {
      const total = labels.filter((l) => l[c] === 1).length;
      for (let fold = 0; fold < 10; fold++) {
        const here = labels.filter((l, r) => l[c] === 1 && folds[r] === fold).length;
        expect(Math.abs(here - total / 10)).toBeLessThanOrEqual(c < 2 ? 3 : 1.5);
      }
    }
    for (let fold = 0; fold < 10; fold++) {
      expect(Math.abs(folds.filter((f) => f === fold).length - 100)).toBeLessThanOrEqual(6);
    }
  });

  it('repeats with its seed and differs with another', () => {
    const labels = records(200, [0.3, 0.1], 2);
    expect(stratifiedFolds(labels, 5, 1)).toEqual(stratifiedFolds(labels, 5, 1));
    expect(stratifiedFolds(labels, 5, 1)).not.toEqual(stratifiedFolds(labels, 5, 2));
  });

  it.each([7, Date.now() & 0x7fffffff])('never parts a patient (seed %i)', (seed) => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 9 })), {
          minLength: 10,
          maxLength: 80,
        }),
        (rows) => {
          const patients = rows.map(([, patient]) => (patient === 9 ? undefined : `p${patient}`));
          const folds = stratifiedFolds(
            rows.map(([label]) => [label]),
            3,
            1,
            patients,
          );
          const seen = new Map<string, number>();
          patients.forEach((patient, r) => {
            if (patient === undefined) return;
            expect(seen.get(patient) ?? folds[r]).toBe(folds[r]);
            seen.set(patient, folds[r]!);
          });
        },
      ),
      { seed },
    );
  });
});
