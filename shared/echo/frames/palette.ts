import { SystoleError } from '../../errors.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { luma } from './luma.ts';

/**
 * The look-up tables of a PALETTE COLOR picture as 8-bit colours, one entry for every value that a sample can have:
 * values below the first mapped one are shown as it, those beyond the last as the last (PS3.3 C.7.6.3.1.5).
 */
export interface Palette {
  /** Interleaved RGB, `3 * values`. */
  readonly rgb: Uint8Array;
  readonly grey: Uint8Array;
  /** The first and the last value that the file's tables map. */
  readonly first: number;
  readonly last: number;
}

const descriptors = [0x00281101, 0x00281102, 0x00281103];
const tables = [0x00281201, 0x00281202, 0x00281203];

/**
 * Reads Palette Color Lookup Tables (PS3.3 C.7.9) of 8 or 16 bits, of which the upper eight are kept, for samples of
 * `bitsAllocated`.
 * @throws SystoleError `header_value` when a table is absent or shorter than its descriptor says.
 */
export function readPalette(dataSet: DataSet, bitsAllocated: 8 | 16): Palette {
  const [described, first = 0, bits = 16] = dataSet.numbers(descriptors[0]!);
  if (described === undefined) throw new SystoleError('header_value', 'The palette has no descriptor.');
  // 0 stands for 65536, which 16 bits do not hold.
  const entries = described === 0 ? 65_536 : described;
  const values = 2 ** bitsAllocated;
  const last = first + entries - 1;
  const rgb = new Uint8Array(3 * values);
  tables.forEach((tag, colour) => {
    const value = dataSet.elements.get(tag)?.value;
    // A table of 8 bits is packed two entries a word, or, by some writers, one.
    const packed = value !== undefined && bits <= 8 && value.length < 2 * entries;
    if (value === undefined || value.length < (packed ? entries : 2 * entries))
      throw new SystoleError('header_value', 'A palette table is absent or too short.');
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    for (let i = 0; i < values; i++) {
      const entry = Math.max(0, Math.min(entries - 1, i - first));
      const word = packed ? value[entry]! : view.getUint16(2 * entry, dataSet.littleEndian);
      rgb[3 * i + colour] = !packed && bits > 8 ? word >> 8 : word;
    }
  });
  const grey = new Uint8Array(values);
  for (let i = 0; i < values; i++) grey[i] = luma(rgb[3 * i]!, rgb[3 * i + 1]!, rgb[3 * i + 2]!);
  return { rgb, grey, first, last };
}

/** Whether one of the first `pixels` samples has no entry in the file's tables. */
export function hasUnmapped(palette: Palette, samples: Uint8Array | Uint16Array, pixels: number): boolean {
  const { first, last } = palette;
  if (first <= 0 && last >= palette.grey.length - 1) return false;
  for (let i = 0; i < pixels; i++) if (samples[i]! < first || samples[i]! > last) return true;
  return false;
}
