import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heartAt, tissueAt, tissues } from '../../../../shared/echo/phantom/heart.ts';
import { dot, phantomViews, type ViewPlane, viewPlane } from '../../../../shared/echo/phantom/view-plane.ts';
import { seeds } from '../../../seeds.ts';

const shape = {
  edv: 115,
  esv: 46,
  laMaximum: 56,
  laMinimum: 27,
  elongation: 1.8,
  roundness: 1,
  wall: 0.95,
};
const heart = heartAt(shape, { lv: 115, la: 27, opening: 0, ejected: 0 });
const exact = { lateral: 0, elevation: 0, lean: 0, turn: 0, gap: 1.2 };

/** Tissues along a line of the fan, at an angle in degrees. */
function along({ probe, right, down }: ViewPlane, degrees: number): number[] {
  const [sine, cosine] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return Array.from({ length: 180 }, (_, i) => {
    const range = i / 10;
    const at = [0, 1, 2].map(
      (axis) => probe[axis]! + range * (sine * right[axis]! + cosine * down[axis]!),
    ) as [number, number, number];
    return tissueAt(heart, ...at);
  });
}

describe('viewPlane', () => {
  it.each(seeds)('has axes of length 1 at right angles, however the probe is held (seed %i)', (seed) => {
    const error = fc.record({
      lateral: fc.double({ min: -6, max: 6, noNaN: true }),
      elevation: fc.double({ min: -6, max: 6, noNaN: true }),
      lean: fc.double({ min: -60, max: 60, noNaN: true }),
      turn: fc.double({ min: -180, max: 180, noNaN: true }),
      gap: fc.double({ min: 0, max: 6, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.constantFrom(...phantomViews), error, (view, held) => {
        const { right, down } = viewPlane(view, heart, held);
        expect(dot(right, right)).toBeCloseTo(1, 9);
        expect(dot(down, down)).toBeCloseTo(1, 9);
        expect(dot(right, down)).toBeCloseTo(0, 9);
      }),
      { seed, numRuns: 300 },
    );
  });

  it('looks from the apex through ventricle and mitral valve into the atrium', () => {
    for (const view of ['a4c', 'a2c', 'a3c'] as const) {
      const met = along(viewPlane(view, heart, exact), 0).filter((tissue, i, all) => tissue !== all[i - 1]);
      expect(met.slice(0, 7)).toEqual([
        tissues.outside,
        tissues.pericardium,
        tissues.myocardium,
        tissues.leftVentricle,
        tissues.valve,
        // The leaflets meet below the annulus, to which the ventricle reaches.
        tissues.leftVentricle,
        tissues.leftAtrium,
      ]);
    }
  });

  it('shows the right heart to the left of the picture, in the four-chamber view alone', () => {
    const seen = (view: (typeof phantomViews)[number], degrees: number) =>
      new Set(along(viewPlane(view, heart, exact), degrees));
    expect(seen('a4c', -28).has(tissues.rightVentricle)).toBe(true);
    expect(seen('a4c', 28).has(tissues.rightVentricle)).toBe(false);
    for (const degrees of [-28, 28]) expect(seen('a2c', degrees).has(tissues.rightVentricle)).toBe(false);
    expect(seen('a5c', -4).has(tissues.aorta)).toBe(true);
    expect(seen('a4c', -4).has(tissues.aorta)).toBe(false);
  });

  it('crosses the right ventricle before the left one from the sternum', () => {
    for (const view of ['plax_plax', 'psax_pap'] as const) {
      const met = along(viewPlane(view, heart, exact), 0);
      expect(met.indexOf(tissues.rightVentricle)).toBeGreaterThan(0);
      expect(met.indexOf(tissues.leftVentricle)).toBeGreaterThan(met.indexOf(tissues.rightVentricle));
    }
  });
});
