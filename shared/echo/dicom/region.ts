import type { DataSet } from './data-set.ts';

/** One item of Sequence of Ultrasound Regions (0018,6011), PS3.3 C.8.5.5. Absent values are null. */
export interface Region {
  /** 0 none, 1 two-dimensional (tissue or flow), 2 M-mode, 3 spectral Doppler, 4 waveform, 5 graphics. */
  readonly spatialFormat: number | null;
  /** 1 tissue, 2 colour flow, 3 pulsed and 4 continuous wave Doppler, 10 ECG, and others. */
  readonly dataType: number | null;
  /** Corners in pixels, both inside the region. */
  readonly minX0: number | null;
  readonly minY0: number | null;
  readonly maxX1: number | null;
  readonly maxY1: number | null;
  /** Physical units of one pixel step: 3 is centimetres, 4 seconds, 7 centimetres a second; 0 none. */
  readonly unitsX: number | null;
  readonly unitsY: number | null;
  /** Physical size of one pixel, in the units above; may be negative. */
  readonly deltaX: number | null;
  readonly deltaY: number | null;
}

/**
 * The regions of a header, in its order.
 * @throws SystoleError `header_value` when a value is no number.
 */
export function readRegions(dataSet: DataSet): Region[] {
  return dataSet.items(0x00186011).map((item) => ({
    spatialFormat: item.integer(0x00186012) ?? null,
    dataType: item.integer(0x00186014) ?? null,
    minX0: item.integer(0x00186018) ?? null,
    minY0: item.integer(0x0018601a) ?? null,
    maxX1: item.integer(0x0018601c) ?? null,
    maxY1: item.integer(0x0018601e) ?? null,
    unitsX: item.integer(0x00186024) ?? null,
    unitsY: item.integer(0x00186026) ?? null,
    deltaX: finite(item.number(0x0018602c)),
    deltaY: finite(item.number(0x0018602e)),
  }));
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** Whether a region is a rectangle inside a picture of `rows` x `columns` pixels. */
export function isInside(region: Region, rows: number, columns: number): boolean {
  const { minX0, minY0, maxX1, maxY1 } = region;
  if (minX0 === null || minY0 === null || maxX1 === null || maxY1 === null) return false;
  return minX0 >= 0 && minY0 >= 0 && minX0 < maxX1 && minY0 < maxY1 && maxX1 <= columns && maxY1 <= rows;
}
