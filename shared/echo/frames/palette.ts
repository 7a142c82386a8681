import { SystoleError } from '../../errors.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { luma } from './luma.ts';

/** The look-up tables of a PALETTE COLOR picture as 8-bit colours, one entry for each stored value. */
export interface Palette {
  /** Interleaved RGB, `3 * entries`. */
  readonly rgb: Uint8Array;
  readonly grey: Uint8Array;
  readonly entries: number;
  /** Stored value of the first entry; lower ones are shown as it, those beyond the last as the last (C.7.9.3). */
  readonly first: number;
}

const descriptors = [0x00281101, 0x00281102, 0x00281103];
const tables = [0x00281201, 0x00281202, 0x00281203];

/**
 * Reads Palette Color Lookup Tables (PS3.3 C.7.9) of 8 or 16 bits; of 16-bit colours the upper eight are kept.
 * @throws SystoleError `header_value` when a table is absent or shorter than its descriptor says.
 */
export function readPalette(dataSet: DataSet): Palette {
  const [described, first = 0, bits = 16] = dataSet.numbers(descriptors[0]!);
  if (described === undefined) throw new SystoleError('header_value', 'The palette has no descriptor.');
  // 0 stands for 65536, which 16 bits do not hold.
  const entries = described === 0 ? 65_536 : described;
  const rgb = new Uint8Array(3 * entries);
  tables.forEach((tag, colour) => {
    const value = dataSet.elements.get(tag)?.value;
    // A table of 8 bits is packed two entries a word, or, by some writers, one.
    const packed = value !== undefined && bits <= 8 && value.length < 2 * entries;
    if (value === undefined || value.length < (packed ? entries : 2 * entries))
      throw new SystoleError('header_value', 'A palette table is absent or too short.');
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    for (let i = 0; i < entries; i++) {
      const word = packed ? value[i]! : view.getUint16(2 * i, dataSet.littleEndian);
      rgb[3 * i + colour] = !packed && bits > 8 ? word >> 8 : word;
    }
  });
  const grey = new Uint8Array(entries);
  for (let i = 0; i < entries; i++) grey[i] = luma(rgb[3 * i]!, rgb[3 * i + 1]!, rgb[3 * i + 2]!);
  return { rgb, grey, entries, first };
}
