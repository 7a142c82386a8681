import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import type { ChamberMasks } from '../../../../shared/echo/measurement/chamber-masks.ts';
import type { Geometry } from '../../../../shared/echo/measurement/geometry.ts';
import { measureCine } from '../../../../shared/echo/measurement/measure-cine.ts';
import { measureStudy } from '../../../../shared/echo/measurement/measure-study.ts';
import { forEachFanPixel } from '../../../../shared/echo/phantom/fan-geometry.ts';
import {
  type PhantomCine,
  type PhantomOptions,
  phantomCine,
} from '../../../../shared/echo/phantom/phantom-cine.ts';
import { randomPhantom } from '../../../../shared/echo/phantom/random-phantom.ts';
import { phantomViews } from '../../../../shared/echo/phantom/view-plane.ts';

const small = { rows: 120, columns: 160, frames: 2 } as const;

function masksOf(cine: PhantomCine): ChamberMasks {
  const { frames, rows, columns, masks } = cine;
  const la = cine.view === 'a4c' ? 4 : 3;
  return {
    frames,
    rows,
    columns,
    lv: masks.map((label) => (label === 2 ? 1 : 0)),
    la: masks.map((label) => (label === la ? 1 : 0)),
  };
}

function geometryOf({ rows, columns, fan, frameTimeMs }: PhantomCine): Geometry {
  return {
    rows,
    columns,
    spacing: fan.spacing,
    spacingAbsent: null,
    aspect: fan.spacing.y / fan.spacing.x,
    aspectFrom: 'region',
    frameTimeMs,
    frameTimeFrom: 'frame-time',
    heartRate: null,
  };
}

function measured(options: PhantomOptions & { view: 'a4c' | 'a2c' }) {
  const cine = phantomCine({ ...options, frames: 50, frameTimeMs: 40 });
  return { cine, measurement: measureCine(masksOf(cine), geometryOf(cine), options.view) };
}

describe('phantomCine', () => {
  it('gives the same cine for the same seed and another for another', () => {
    const one = phantomCine({ ...small, view: 'a4c', seed: 5 });
    const again = phantomCine({ ...small, view: 'a4c', seed: 5 });
    const other = phantomCine({ ...small, view: 'a4c', seed: 6 });
    expect(Buffer.compare(again.pixels, one.pixels)).toBe(0);
    expect(Buffer.compare(again.masks, one.masks)).toBe(0);
    expect(Buffer.compare(other.pixels, one.pixels)).not.toBe(0);
  });

  it('names an option that is unknown or out of range', () => {
    expect(() => phantomCine({ ...small, view: 'a4c', fraem: 3 } as PhantomOptions)).toThrow(/fraem/);
    expect(() => phantomCine({ ...small, view: 'a4c', heart: { edv: 100, esv: 120 } })).toThrow(/esv/);
  });

  it.each(phantomViews)('draws %s inside the fan, and nothing outside', (view) => {
    const options = { ...randomPhantom(17, view), ...small };
    const cine = phantomCine(options);
    const outside = new Uint8Array(small.rows * small.columns).fill(1);
    forEachFanPixel(cine.fan, (pixel) => {
      outside[pixel] = 0;
    });
    let [lit, beyond, sum] = [0, 0, 0];
    cine.pixels.forEach((grey, i) => {
      const pixel = i % outside.length;
      if (outside[pixel] === 1) beyond += grey + cine.masks[i]!;
      else {
        lit++;
        sum += grey;
      }
    });
    expect(beyond).toBe(0);
    expect(lit).toBeGreaterThan(0.15 * cine.pixels.length);
    expect(sum / lit).toBeGreaterThan(15);
    expect(sum / lit).toBeLessThan(190);
    const apical = view.startsWith('a4c') || view.startsWith('a2c');
    expect(cine.masks.includes(2)).toBe(apical);
  });

  it('shows chambers darker than the myocardium', () => {
    const cine = phantomCine({ ...small, view: 'a4c', frames: 1 });
    const mean = (label: number) => {
      const within = cine.pixels.filter((_, i) => cine.masks[i] === label);
      return within.reduce((a, b) => a + b, 0) / within.length;
    };
    for (const chamber of [2, 3, 4, 5]) expect(mean(1) - mean(chamber)).toBeGreaterThan(35);
  });

  it('moves its speckle with the myocardium', () => {
    // Frames of a fast cine differ little where tissue is, and blood is new in each.
    const cine = phantomCine({
      ...small,
      view: 'a4c',
      frames: 2,
      frameTimeMs: 5,
      appearance: { noise: -60, haze: -60 },
    });
    const size = small.rows * small.columns;
    // The half nearer to the apex, where there are no valves.
    const correlation = (label: number) => {
      const at: number[] = [];
      cine.masks.subarray(0, size).forEach((value, i) => {
        if (i < 0.42 * size && value === label && cine.masks[size + i] === label) at.push(i);
      });
      return correlationOf(
        at.map((i) => cine.pixels[i]!),
        at.map((i) => cine.pixels[size + i]!),
      );
    };
    expect(correlation(1)).toBeGreaterThan(0.85);
    expect(correlation(2)).toBeLessThan(0.5);
  });

  it('has the same anatomy at any size', () => {
    const options = { ...randomPhantom(4, 'a4c'), frames: 1 };
    const shares = [
      phantomCine({ ...options, rows: 150, columns: 150 }),
      phantomCine({ ...options, rows: 300, columns: 420 }),
    ].map(({ masks, rows, columns }) => masks.filter((label) => label === 2).length / (rows * columns));
    expect(shares[0]! / shares[1]!).toBeCloseTo(1, 1);
  });

  it('tells the frames and volumes of its beats', () => {
    const { truth } = phantomCine({
      ...small,
      view: 'a2c',
      frames: 45,
      frameTimeMs: 60,
      rhythm: { heartRate: 80, volumeVariation: 0.03 },
    });
    expect(truth.beats.length).toBeGreaterThan(2);
    for (const { endDiastole, endSystole, edv, esv, ef } of truth.beats) {
      expect(Math.abs(truth.lvVolumes[endDiastole]! / edv - 1)).toBeLessThan(0.05);
      expect(Math.abs(truth.lvVolumes[endSystole]! / esv - 1)).toBeLessThan(0.05);
      expect(ef).toBeCloseTo((100 * (edv - esv)) / edv, 9);
    }
  });
});

describe('the masks of phantoms, measured by the method of disks', () => {
  it.each([2, 7])('give volumes and ejection fraction of patient %i', (seed) => {
    const cines = (['a4c', 'a2c'] as const).map((view) => {
      const options = { ...randomPhantom(seed, view), rows: 192, columns: 256, view };
      return measured({ ...options, aspect: 4 / 3, fan: { ...options.fan, height: 0.9, top: 0.05 } });
    });
    for (const { cine, measurement } of cines) {
      expect(measurement.unmeasurable).toEqual([]);
      expect(Math.abs(measurement.ef!.value - cine.truth.ef)).toBeLessThan(3);
      expect(Math.abs(measurement.edv!.value / seedHeart(seed).edv - 1)).toBeLessThan(0.08);
      expect(Math.abs(measurement.esv!.value / seedHeart(seed).esv - 1)).toBeLessThan(0.08);
      expect(Math.abs(measurement.laVolume!.value / seedHeart(seed).laMaximum - 1)).toBeLessThan(0.12);
    }
    const study = measureStudy(cines.map(({ measurement }) => ({ id: measurement.view, measurement })));
    expect(study.method).toBe('biplane');
    expect(Math.abs(study.ef!.value - cines[0]!.cine.truth.ef)).toBeLessThan(3);
    expect(Math.abs(study.edv!.value / seedHeart(seed).edv - 1)).toBeLessThan(0.05);
  });

  it('need both planes where the ventricle is not round', () => {
    const shared = {
      rows: 192,
      columns: 256,
      heart: { edv: 120, esv: 54, roundness: 1.25 },
      rhythm: { rateVariation: 0 },
    };
    const a4c = measured({ ...shared, view: 'a4c' }).measurement;
    const a2c = measured({ ...shared, view: 'a2c' }).measurement;
    const study = measureStudy([
      { id: 'four', measurement: a4c },
      { id: 'two', measurement: a2c },
    ]);
    expect(a4c.edv!.value).toBeLessThan(0.9 * 120);
    expect(a2c.edv!.value).toBeGreaterThan(1.1 * 120);
    expect(Math.abs(study.edv!.value / 120 - 1)).toBeLessThan(0.04);
    expect(Math.abs(study.esv!.value / 54 - 1)).toBeLessThan(0.05);
    expect(Math.abs(study.ef!.value - 55)).toBeLessThan(2);
  });

  it('are short where the probe is off the apex', () => {
    const length = (elevation: number) =>
      measured({ view: 'a4c', rows: 192, columns: 256, probe: { elevation } }).measurement.shape!
        .lengthEndDiastole!;
    expect(length(2.2)).toBeLessThan(0.95 * length(0));
  });
});

function seedHeart(seed: number): { edv: number; esv: number; laMaximum: number } {
  return randomPhantom(seed, 'a4c').heart as { edv: number; esv: number; laMaximum: number };
}

function correlationOf(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((x, y) => x + y, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, i) => {
    ab += (value - ma) * (b[i]! - mb);
    aa += (value - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  });
  return ab / Math.sqrt(aa * bb);
}
