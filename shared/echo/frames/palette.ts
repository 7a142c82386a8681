import { SystoleError } from '../../errors.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { expandSegments } from './expand-segments.ts';
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
const segmentedTables = [0x00281221, 0x00281222, 0x00281223];

/**
 * Reads Palette Color Lookup Tables (PS3.3 C.7.9), plain or segmented, of 8 or 16 bits, of which the upper eight are
 * kept, for samples of `bitsAllocated`.
 * @throws SystoleError `header_value` when a table is absent, shorter than its descriptor says or its segments are broken.
 */
export function readPalette(dataSet: DataSet, bitsAllocated: 8 | 16): Palette {
  const [described, first = 0, bits = 16] = dataSet.numbers(descriptors[0]!);
  if (described === undefined) throw new SystoleError('header_value', 'The palette has no descriptor.');
  // 0 stands for 65536, which 16 bits do not hold.
  const entries = described === 0 ? 65_536 : described;
  const values = 2 ** bitsAllocated;
  const last = first + entries - 1;
  const rgb = new Uint8Array(3 * values);
  for (let colour = 0; colour < 3; colour++) {
    const { table, isWide } = readTable(dataSet, colour, entries, bits);
    for (let i = 0; i < values; i++) {
      const word = table[Math.max(0, Math.min(entries - 1, i - first))]!;
      rgb[3 * i + colour] = isWide ? word >> 8 : word;
    }
  }
  const grey = new Uint8Array(values);
  for (let i = 0; i < values; i++) grey[i] = luma(rgb[3 * i]!, rgb[3 * i + 1]!, rgb[3 * i + 2]!);
  return { rgb, grey, first, last };
}

/** The table of one colour, and whether its entries have more than eight bits. */
function readTable(
  dataSet: DataSet,
  colour: number,
  entries: number,
  bits: number,
): { table: ArrayLike<number>; isWide: boolean } {
  const value = dataSet.elements.get(tables[colour]!)?.value;
  if (value === undefined) {
    const segmented = dataSet.elements.get(segmentedTables[colour]!)?.value;
    if (segmented === undefined) throw new SystoleError('header_value', 'A palette table is absent.');
    const data = (bits <= 8 ? packed : words)(segmented, dataSet.littleEndian);
    return { table: expandSegments(data, bits <= 8 ? 1 : 2, entries), isWide: bits > 8 };
  }
  // A table of 8 bits is packed two entries a word, or, by some writers, one.
  const isPacked = bits <= 8 && value.length < 2 * entries;
  if (value.length < (isPacked ? entries : 2 * entries))
    throw new SystoleError('header_value', 'A palette table is too short.');
  return { table: (isPacked ? packed : words)(value, dataSet.littleEndian), isWide: bits > 8 };
}

/** Entries of a byte, two in a word, the first in its lower byte. */
function packed(bytes: Uint8Array, littleEndian: boolean): Uint8Array {
  return littleEndian ? bytes : bytes.map((_, i) => bytes[i ^ 1] ?? 0);
}

function words(bytes: Uint8Array, littleEndian: boolean): Uint16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint16Array.from({ length: bytes.length >> 1 }, (_, i) => view.getUint16(2 * i, littleEndian));
}

/** Whether one of the first `pixels` samples has no entry in the file's tables. */
export function hasUnmapped(palette: Palette, samples: Uint8Array | Uint16Array, pixels: number): boolean {
  const { first, last } = palette;
  if (first <= 0 && last >= palette.grey.length - 1) return false;
  for (let i = 0; i < pixels; i++) if (samples[i]! < first || samples[i]! > last) return true;
  return false;
}
