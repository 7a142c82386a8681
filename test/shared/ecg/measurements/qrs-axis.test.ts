import { describe, expect, it } from 'vitest';
import { qrsAxis } from '../../../../shared/ecg/measurements/qrs-axis.ts';

describe('qrsAxis', () => {
  it.each([-150, -60, -30, 0, 45, 60, 90, 120, 180])('finds an axis of %i°', (degrees) => {
    // A vector of that direction as Einthoven's triangle sees it: I at 0°, II at 60°.
    const lead = (direction: number) => Math.cos(((degrees - direction) * Math.PI) / 180);
    const shape = [0, 0.2, 1, 0.3, 0];
    const axis = qrsAxis(
      shape.map((size) => size * lead(0)),
      shape.map((size) => size * lead(60)),
      0,
      4,
    )!;
    expect(Math.cos(((axis - degrees) * Math.PI) / 180)).toBeCloseTo(1, 9);
  });

  it('has no direction where up and down cancel', () => {
    expect(qrsAxis([1, -1, 1, -1], [1, -1, 1, -1], 0, 3)).toBeUndefined();
  });
});
