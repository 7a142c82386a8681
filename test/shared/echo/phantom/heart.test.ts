import { describe, expect, it } from 'vitest';
import { chamberAt, heartAt, tissues } from '../../../../shared/echo/phantom/heart.ts';
import { fillingAt, heartbeats } from '../../../../shared/echo/phantom/heartbeat.ts';
import { volumeOf } from '../../../../shared/echo/phantom/truncated-ellipsoid.ts';
import { Random } from '../../../../shared/random.ts';

const shape = {
  edv: 150,
  esv: 70,
  laMaximum: 70,
  laMinimum: 35,
  elongation: 1.75,
  roundness: 1.1,
  wall: 1,
};

/** Volumes by counting points of a grid, mL. */
function counted(heart: ReturnType<typeof heartAt>): Map<number, number> {
  const step = 0.125;
  const volumes = new Map<number, number>();
  for (let x = -10; x < 6; x += step)
    for (let y = -6; y < 6; y += step)
      for (let z = -1; z < 19; z += step) {
        const chamber = chamberAt(heart, x, y, z);
        volumes.set(chamber, (volumes.get(chamber) ?? 0) + step ** 3);
      }
  return volumes;
}

describe('heartAt', () => {
  it.each([
    { lv: 150, la: 35, opening: 0, ejected: 0 },
    { lv: 70, la: 70, opening: 0, ejected: 1 },
    { lv: 110, la: 50, opening: 0.9, ejected: 0.5 },
  ])('makes bodies of the volumes asked for, lv $lv mL and la $la mL', (filling) => {
    const heart = heartAt(shape, filling);
    expect(volumeOf(heart.lv)).toBeCloseTo(filling.lv, 6);
    expect(volumeOf(heart.la)).toBeCloseTo(filling.la, 6);
    const volumes = counted(heart);
    expect(Math.abs(volumes.get(tissues.leftVentricle)! / filling.lv - 1)).toBeLessThan(0.01);
    expect(Math.abs(volumes.get(tissues.leftAtrium)! / filling.la - 1)).toBeLessThan(0.01);
  });

  it('keeps the volume of the myocardium while it thickens', () => {
    const relaxed = heartAt(shape, { lv: 150, la: 35, opening: 0, ejected: 0 });
    const contracted = heartAt(shape, { lv: 70, la: 70, opening: 0, ejected: 1 });
    const muscle = (heart: typeof relaxed) => volumeOf(heart.outer) - volumeOf(heart.lv);
    expect(muscle(contracted)).toBeCloseTo(muscle(relaxed), 6);
    const thickness = (heart: typeof relaxed) => heart.outer.a - heart.lv.a;
    expect(thickness(relaxed)).toBeCloseTo(shape.wall, 6);
    expect(thickness(contracted)).toBeGreaterThan(1.3 * shape.wall);
    // The base comes down towards the apex, which stays.
    expect(relaxed.lv.cut - contracted.lv.cut).toBeGreaterThan(0.5);
    expect(contracted.outer.centre - contracted.outer.h).toBeCloseTo(0, 6);
  });
});

describe('heartbeats', () => {
  const rhythm = { heartRate: 75, rateVariation: 0.05, volumeVariation: 0.05 };
  const beats = heartbeats(rhythm, shape, 20, new Random(3));

  it('beat at the rate and differ from each other', () => {
    const intervals = beats.map(({ interval }) => interval);
    const mean = intervals.reduce((a, b) => a + b) / intervals.length;
    expect(Math.abs(60 / mean - 75)).toBeLessThan(3);
    expect(new Set(intervals).size).toBe(intervals.length);
  });

  it('are largest at each end-diastole and smallest at each end-systole, without leaps', () => {
    for (const [index, { endDiastole, endSystole, edv, esv }] of beats.slice(0, -1).entries()) {
      if (index === 0) continue;
      expect(fillingAt(beats, shape, endDiastole).lv).toBeCloseTo(edv, 6);
      expect(fillingAt(beats, shape, endSystole).lv).toBeCloseTo(esv, 6);
    }
    let previous = fillingAt(beats, shape, 0);
    const leaps: number[] = [];
    for (let time = 0.001; time < 20; time += 0.001) {
      const filling = fillingAt(beats, shape, time);
      const isBetween = filling.la > shape.laMinimum - 1e-6 && filling.la < shape.laMaximum + 1e-6;
      const isSmooth = Math.abs(filling.lv - previous.lv) < 1.5 && Math.abs(filling.la - previous.la) < 1;
      if (!isBetween || !isSmooth) leaps.push(time);
      previous = filling;
    }
    expect(leaps).toEqual([]);
  });

  it('shut the mitral valve while the ventricle ejects and open it while it fills', () => {
    const { endDiastole, endSystole, interval } = beats[3]!;
    const opening = (time: number) => fillingAt(beats, shape, time).opening;
    expect(opening((endDiastole + endSystole) / 2)).toBe(0);
    expect(opening(endSystole + 0.3 * (endDiastole + interval - endSystole))).toBeGreaterThan(0.3);
  });
});
