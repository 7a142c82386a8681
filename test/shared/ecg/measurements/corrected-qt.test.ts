import { describe, expect, it } from 'vitest';
import { correctedQt } from '../../../../shared/ecg/measurements/corrected-qt.ts';

describe('correctedQt', () => {
  it('leaves the interval as it is at 60 beats a minute', () => {
    for (const correct of Object.values(correctedQt)) expect(correct(400, 1000)).toBeCloseTo(400, 9);
  });

  // Worked by hand from the formulas: QT 360 ms at 75 beats a minute (RR 800 ms).
  it.each([
    ['bazett', 402.49],
    ['fridericia', 387.8],
    ['framingham', 390.8],
    ['hodges', 386.25],
  ] as const)('corrects by %s', (formula, expected) => {
    expect(correctedQt[formula](360, 800)).toBeCloseTo(expected, 1);
  });
});
