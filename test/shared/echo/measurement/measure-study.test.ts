import { describe, expect, it } from 'vitest';
import type { Geometry } from '../../../../shared/echo/measurement/geometry.ts';
import { type ApicalView, measureFrames } from '../../../../shared/echo/measurement/measure-cine.ts';
import { type MeasuredCine, measureStudy } from '../../../../shared/echo/measurement/measure-study.ts';
import { Random } from '../../../../shared/random.ts';
import { figuresOf, geometryOf, volumesOf } from './beating.ts';

/** A measured cine of a ventricle; `width` and `length` change its shape, relative to one of 120 mL. */
function cine(
  id: string,
  view: ApicalView,
  given: { ef?: number; width?: number; length?: number; beats?: number; geometry?: Partial<Geometry> } = {},
): MeasuredCine {
  const { ef = 55, width = 1, length = 1, beats = 2.6, geometry = {} } = given;
  const beating = { frameRate: 40, heartRate: 70, beats, phase: 0.8, edv: 120, ef, noise: 0 };
  const figures = volumesOf(beating, new Random(1)).map((volume) => {
    const { lv, ...rest } = figuresOf(volume);
    return {
      ...rest,
      lv: lv && {
        ...lv,
        diameters: lv.diameters.map((diameter) => width * diameter),
        thickness: length * lv.thickness,
        length: length * lv.length,
        volume: width ** 2 * length * lv.volume,
      },
    };
  });
  return { id, measurement: measureFrames(figures, geometryOf(40, geometry), view) };
}

describe('a study', () => {
  it('with both views is measured biplane', () => {
    const study = measureStudy([cine('a', 'a4c', { width: 1.1 }), cine('b', 'a2c', { width: 0.9 })]);
    expect(study).toMatchObject({ method: 'biplane', a4c: 'a', a2c: 'b', recommendation: 'greyzone' });
    expect(study.edv!.value / (120 * 1.1 * 0.9)).toBeCloseTo(1, 1.6);
    expect(study.ef!.value).toBeCloseTo(55, -0.3);
    expect(study.ef!.sd).not.toBeNull();
    expect(study.laVolume!.value).toBeCloseTo(((8 / (3 * Math.PI)) * 15 * 15) / 5, 5);
    expect(study.unmeasurable).toEqual([]);
    expect(study.lengthRatio).toBeCloseTo(1, 5);
  });

  it('takes an ejection fraction between those of its two views', () => {
    const study = measureStudy([cine('a', 'a4c', { ef: 40 }), cine('b', 'a2c', { ef: 60 })]);
    expect(study.ef!.value).toBeGreaterThan(43);
    expect(study.ef!.value).toBeLessThan(57);
    expect(study.beats).toBe(4);
  });

  it('with one view is measured in that plane', () => {
    const study = measureStudy([cine('b', 'a2c')]);
    expect(study).toMatchObject({ method: 'single-plane', a4c: null, a2c: 'b', lengthRatio: null });
    expect(study.edv!.value).toBeCloseTo(120, -0.7);
  });

  it('takes the cine with the longest ventricle: the others are foreshortened', () => {
    const cines = [
      cine('short', 'a4c', { length: 0.85, beats: 5 }),
      cine('long', 'a4c'),
      cine('middling', 'a4c', { length: 0.95 }),
      cine('b', 'a2c'),
    ];
    expect(measureStudy(cines)).toMatchObject({ method: 'biplane', a4c: 'long', a2c: 'b' });
    expect(measureStudy(cines.reverse())).toMatchObject({ method: 'biplane', a4c: 'long', a2c: 'b' });
  });

  it('doubts lengths that differ by more than a tenth and refuses those that do by more than a fifth', () => {
    const doubtful = measureStudy([cine('a', 'a4c'), cine('b', 'a2c', { length: 0.85 })]);
    expect(doubtful).toMatchObject({ method: 'biplane', unmeasurable: [] });
    expect(doubtful.doubts).toContain('lengths_differ');
    const refused = measureStudy([cine('a', 'a4c', { length: 0.7 }), cine('b', 'a2c')]);
    expect(refused).toMatchObject({ method: 'single-plane', a4c: null, a2c: 'b' });
    expect(refused.unmeasurable).toEqual(['foreshortened']);
    expect(refused.lengthRatio).toBeCloseTo(0.7, 5);
  });

  it('without spacing has an ejection fraction and no volumes', () => {
    const geometry = { spacing: null, spacingAbsent: 'no_spacing' as const };
    const known = measureStudy([cine('a', 'a4c', { ef: 40 }), cine('b', 'a2c', { ef: 60 })]);
    const study = measureStudy([
      cine('a', 'a4c', { ef: 40, width: 3, length: 3, geometry }),
      cine('b', 'a2c', { ef: 60, geometry }),
    ]);
    expect(study).toMatchObject({ method: 'biplane', edv: null, esv: null, laVolume: null });
    expect(study.unmeasurable).toEqual(['no_spacing']);
    expect(Math.abs(study.ef!.value - known.ef!.value)).toBeLessThan(4);
  });

  it('of which nothing can be measured says why', () => {
    const still = { id: 'a', measurement: measureFrames([figuresOf(100)], geometryOf(30), 'a4c') };
    expect(measureStudy([still])).toMatchObject({ method: null, ef: null, unmeasurable: ['not_a_cine'] });
    expect(measureStudy([])).toMatchObject({ method: null, unmeasurable: ['wrong_view'] });
  });

  it('is the same after its cines were stored as JSON', () => {
    const cines = [cine('a', 'a4c'), cine('b', 'a2c')];
    expect(measureStudy(JSON.parse(JSON.stringify(cines)) as MeasuredCine[])).toEqual(measureStudy(cines));
  });
});
