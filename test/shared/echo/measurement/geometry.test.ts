import { describe, expect, it } from 'vitest';
import type { Instance } from '../../../../shared/echo/dicom/instance.ts';
import type { Region } from '../../../../shared/echo/dicom/region.ts';
import { geometryOf, maskPixel } from '../../../../shared/echo/measurement/geometry.ts';

const region = (given: Partial<Region> = {}): Region => ({
  spatialFormat: 1,
  dataType: 1,
  minX0: 0,
  minY0: 0,
  maxX1: 799,
  maxY1: 599,
  unitsX: 3,
  unitsY: 3,
  deltaX: 0.03,
  deltaY: 0.03,
  ...given,
});

const geometry = (regions: readonly Region[], given: Partial<Instance> = {}) =>
  geometryOf({
    rows: 600,
    columns: 800,
    frameTime: 25,
    frameTimeVector: null,
    cineRate: null,
    heartRate: 61,
    regions,
    ...given,
  } as unknown as Instance);

describe('the scale of an instance', () => {
  it('is that of its two-dimensional region, whatever sign it has', () => {
    expect(geometry([region({ deltaY: -0.024 })])).toEqual({
      rows: 600,
      columns: 800,
      spacing: { x: 0.03, y: 0.024 },
      spacingAbsent: null,
      aspect: 0.8,
      aspectFrom: 'region',
      frameTimeMs: 25,
      frameTimeFrom: 'frame-time',
      heartRate: 61,
    });
  });

  it('is that of the largest picture, not of a trace or spectrum', () => {
    const trace = region({ spatialFormat: 3, unitsX: 4, unitsY: 7, deltaX: 0.005, deltaY: 0.5 });
    const small = region({ maxX1: 200, maxY1: 200, deltaX: 0.06, deltaY: 0.06 });
    expect(geometry([trace, small, region()]).spacing).toEqual({ x: 0.03, y: 0.03 });
    expect(geometry([trace])).toMatchObject({ spacing: null, spacingAbsent: 'no_spacing', aspect: 1 });
  });

  it.each([
    ['millimetres given as centimetres', { deltaX: 0.5, deltaY: 0.5 }],
    ['seconds', { unitsX: 4, unitsY: 4 }],
    ['no unit', { unitsX: 0, unitsY: 0 }],
    ['sizes below a cell', { deltaX: 0.00003, deltaY: 0.00003 }],
  ])('is not taken from %s, but the shape of a pixel is', (_, given) => {
    const { spacing, spacingAbsent, aspectFrom } = geometry([region(given)]);
    expect({ spacing, spacingAbsent, aspectFrom }).toEqual({
      spacing: null,
      spacingAbsent: 'spacing_units',
      aspectFrom: 'region',
    });
  });

  it('is not taken from units of two kinds or a pixel like a needle', () => {
    for (const given of [{ unitsX: 4 }, { deltaX: 0.3 }])
      expect(geometry([region(given)])).toMatchObject({
        spacingAbsent: 'spacing_units',
        aspect: 1,
        aspectFrom: 'assumed',
      });
  });

  it('is not that of a picture larger than this one, which was made smaller on its way', () => {
    for (const given of [{ maxX1: 801 }, { maxY1: 601 }])
      expect(geometry([region(given)])).toMatchObject({
        spacing: null,
        spacingAbsent: 'region_outside',
        aspect: 1,
        aspectFrom: 'region',
      });
    // Corners one past the last pixel are a habit of some writers.
    expect(geometry([region({ maxX1: 800, maxY1: 600 })]).spacingAbsent).toBeNull();
  });

  it('is not taken from deltas that are absent or 0', () => {
    for (const deltaX of [null, 0])
      expect(geometry([region({ deltaX })])).toMatchObject({ spacing: null, spacingAbsent: 'no_spacing' });
  });

  it('has a frame time from what the header says, or a default that is named', () => {
    expect(geometry([], { frameTime: null, frameTimeVector: 21, cineRate: 50 })).toMatchObject({
      frameTimeMs: 21,
      frameTimeFrom: 'frame-time-vector',
    });
    expect(geometry([], { frameTime: null, cineRate: 50 })).toMatchObject({
      frameTimeMs: 20,
      frameTimeFrom: 'cine-rate',
    });
    expect(geometry([], { frameTime: 0.0001, cineRate: null })).toMatchObject({
      frameTimeMs: 1000 / 30,
      frameTimeFrom: 'default',
    });
  });

  it('has no heart rate that no heart has', () => {
    for (const heartRate of [null, 3, 999]) expect(geometry([], { heartRate }).heartRate).toBeNull();
  });

  it('carries over to masks of another size and shape', () => {
    const masks = { rows: 300, columns: 200 };
    const pixel = maskPixel(geometry([region()]), masks);
    expect(pixel.x).toBeCloseTo(0.12, 12);
    expect(pixel.y).toBeCloseTo(0.06, 12);
    expect(maskPixel(geometry([]), masks)).toEqual({ x: 4, y: 2 });
  });
});
