import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { biplaneVolume } from '../../../../shared/echo/measurement/biplane-volume.ts';
import type { Mask } from '../../../../shared/echo/measurement/chamber-masks.ts';
import { diskVolume } from '../../../../shared/echo/measurement/disk-volume.ts';
import { leftAtrialVolume } from '../../../../shared/echo/measurement/left-atrial-volume.ts';
import { seeds } from '../../../seeds.ts';
import { lengthOf, masksOf, volumeOf } from './shapes.ts';

const square = { x: 0.05, y: 0.05 };
const upright = { rows: 384, columns: 384, pixel: square, angle: 0 };
const heart = { radius: 2.3, halfLength: 5, cut: 0.6 };

/** A heart and the picture in which it is seen; always wholly inside. */
const seen = fc.record({
  heart: fc.record({
    radius: fc.double({ min: 1.5, max: 3.2, noNaN: true }),
    halfLength: fc.double({ min: 3.4, max: 5.5, noNaN: true }),
    cut: fc.constantFrom(0.4, 0.6, 0.8),
  }),
  size: fc.integer({ min: 224, max: 480 }),
  aspect: fc.double({ min: 0.6, max: 1.6, noNaN: true }),
  angle: fc.double({ min: -0.8, max: 0.8, noNaN: true }),
});

describe('the method of disks', () => {
  it.each(seeds)('is within 3 % of the volume of a cut ellipsoid, however it is seen (seed %i)', (seed) => {
    fc.assert(
      fc.property(seen, ({ heart, size, aspect, angle }) => {
        const pixel = { x: 18 / size, y: (18 / size) * aspect };
        const rows = Math.round(size / aspect);
        const { lv, la } = masksOf(heart, { rows, columns: size, pixel, angle });
        const measured = diskVolume(lv, pixel, la)!;
        expect(measured.axis.annulusSeen).toBe(true);
        expect(measured.volume / volumeOf(heart)).toBeGreaterThan(0.97);
        expect(measured.volume / volumeOf(heart)).toBeLessThan(1.03);
        const error = Math.abs(measured.length - lengthOf(heart));
        expect(error).toBeLessThan(0.03 * lengthOf(heart) + Math.max(pixel.x, pixel.y));
      }),
      { seed, numRuns: 25 },
    );
  });

  it('measures a whole ellipsoid without an atrium along its principal axis', () => {
    const whole = { radius: 2, halfLength: 4, cut: 1 };
    for (const angle of [0, 0.4, 1, 1.5]) {
      const { lv } = masksOf(whole, { ...upright, angle });
      const measured = diskVolume(lv, square)!;
      expect(measured.volume / volumeOf(whole)).toBeCloseTo(1, 1.6);
      expect(measured.length).toBeCloseTo(8, 0.8);
      expect(measured.axis.annulusSeen).toBe(false);
      expect(measured.axis.apex.y).toBeLessThan(measured.axis.base.y);
    }
  });

  it('finds base and apex where they are', () => {
    const { axis } = diskVolume(masksOf(heart, upright).lv, square, masksOf(heart, upright).la)!;
    expect(axis.base.x).toBeCloseTo(9.6, 0.8);
    expect(axis.base.y).toBeCloseTo(9.6 + 3, 0.8);
    expect(axis.apex.x).toBeCloseTo(9.6, 0.5);
    expect(axis.apex.y).toBeCloseTo(9.6 - 5, 0.8);
  });

  it('grows with the cube of the pixel and is the same in a mirror', () => {
    const { lv, la } = masksOf(heart, { ...upright, angle: 0.3 });
    const once = diskVolume(lv, square, la)!;
    const twice = diskVolume(lv, { x: 0.1, y: 0.1 }, la)!;
    const mirrored = diskVolume(mirror(lv), square, mirror(la))!;
    expect(twice.volume / once.volume).toBeCloseTo(8, 8);
    expect(twice.length / once.length).toBeCloseTo(2, 8);
    expect(mirrored.volume / once.volume).toBeCloseTo(1, 2);
    expect(mirrored.length / once.length).toBeCloseTo(1, 2);
  });

  it('has the area of the mask in its disks', () => {
    const { lv, la } = masksOf(heart, { ...upright, angle: 0.3 });
    const { diameters, thickness, area } = diskVolume(lv, square, la)!;
    const stacked = diameters.reduce((sum, diameter) => sum + diameter * thickness, 0);
    expect(stacked).toBeCloseTo(area, 8);
    expect(area).toBeCloseTo(lv.pixels.reduce((sum, pixel) => sum + pixel, 0) * 0.0025, 8);
  });

  it('gives nothing for nothing', () => {
    const nothing = { rows: 8, columns: 8, pixels: new Uint8Array(64) };
    expect(diskVolume(nothing, square)).toBeUndefined();
    expect(diskVolume({ ...nothing, pixels: nothing.pixels.with(20, 1) }, square)).toBeUndefined();
  });
});

describe('biplane disks', () => {
  it('are elliptical: a heart that is flat from front to back', () => {
    const wide = { radius: 2.6, halfLength: 5, cut: 0.6 };
    const narrow = { radius: 1.9, halfLength: 5, cut: 0.6 };
    const [a4c, a2c] = [wide, narrow].map((one) => {
      const { lv, la } = masksOf(one, { ...upright, angle: 0.1 });
      return diskVolume(lv, square, la)!;
    });
    const truth = Math.sqrt(volumeOf(wide) * volumeOf(narrow));
    expect(biplaneVolume(a4c!, a2c!) / truth).toBeGreaterThan(0.97);
    expect(biplaneVolume(a4c!, a2c!) / truth).toBeLessThan(1.03);
    expect(biplaneVolume(a4c!, a4c!)).toBeCloseTo(a4c!.volume, 8);
  });

  it('are stacked along the longer axis', () => {
    const { lv, la } = masksOf(heart, upright);
    const whole = diskVolume(lv, square, la)!;
    const short = { ...whole, thickness: 0.9 * whole.thickness };
    expect(biplaneVolume(whole, short)).toBeCloseTo(whole.volume, 8);
    expect(biplaneVolume(short, whole)).toBeCloseTo(whole.volume, 8);
  });
});

describe('the left atrium', () => {
  it('is measured by area and length and by disks', () => {
    // Half of an ellipsoid, of half axes 2 and 5 cm.
    const half = { radius: 2, halfLength: 5, cut: 0 };
    const { lv, la } = masksOf(half, { ...upright, angle: Math.PI });
    // The atrium below it is half of an ellipse of half axes 1.4 and 2.24 cm.
    const truth = ((2 / 3) * Math.PI * 1.4 ** 2 * 2.24) as number;
    const measured = leftAtrialVolume(la, square, lv)!;
    expect(measured.area).toBeCloseTo((Math.PI * 1.4 * 2.24) / 2, 1);
    expect(measured.length / 2.24).toBeCloseTo(1, 1.3);
    expect(measured.disks / truth).toBeCloseTo(1, 1.2);
    expect(measured.areaLength).toBeCloseTo(((8 / (3 * Math.PI)) * measured.area ** 2) / measured.length, 8);
  });
});

function mirror({ rows, columns, pixels }: Mask): Mask {
  return {
    rows,
    columns,
    pixels: pixels.map((_, at) => pixels[at - (at % columns) + columns - 1 - (at % columns)]!),
  };
}
