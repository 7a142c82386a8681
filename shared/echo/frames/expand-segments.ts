import { SystoleError } from '../../errors.ts';

/**
 * Expands Segmented Palette Color Lookup Table Data (PS3.3 C.7.9.2) to the plain table: discrete segments list their
 * entries, linear ones run straight from the last entry to a new one, indirect ones repeat segments that came before.
 * @param data words of `wordBytes` bytes: one for tables of 8 bits, two for 16
 * @param entries of the table; what lies beyond is left
 * @throws SystoleError `header_value` when a segment is of no known kind, breaks off, repeats what it must not, or the
 * table stays too short
 */
export function expandSegments(data: ArrayLike<number>, wordBytes: 1 | 2, entries: number): Uint16Array {
  const table = new Uint16Array(entries);
  let filled = 0;
  const word = (at: number): number => data[at] ?? broken('segment breaks off');
  const add = (value: number): void => {
    if (filled < entries) table[filled++] = value;
  };

  /** Expands the segment at `at`. @returns where the next one begins */
  const expand = (at: number, isRepeated: boolean): number => {
    const length = word(at + 1);
    if (length === 0) broken('segment is empty');
    switch (word(at)) {
      case 0:
        for (let i = 0; i < length; i++) add(word(at + 2 + i));
        return at + 2 + length;
      case 1: {
        if (filled === 0) broken('segment runs from nothing');
        const from = table[filled - 1]!;
        const to = word(at + 2);
        for (let i = 1; i <= length; i++) add(Math.round(from + ((to - from) * i) / length));
        return at + 3;
      }
      case 2: {
        if (isRepeated) broken('segment repeats a repetition');
        // A byte offset of 32 bits, its lowest word first.
        const words = 4 / wordBytes;
        let offset = 0;
        for (let i = words; i > 0; i--) offset = offset * 2 ** (8 * wordBytes) + word(at + 1 + i);
        let from = offset / wordBytes;
        if (from >= at) broken('segment repeats what comes after it');
        for (let i = 0; i < length && filled < entries; i++) from = expand(from, true);
        return at + 2 + words;
      }
      default:
        return broken('segment is of no known kind');
    }
  };

  let at = 0;
  while (filled < entries && at < data.length) at = expand(at, false);
  if (filled < entries) broken('table is too short');
  return table;
}

function broken(how: string): never {
  throw new SystoleError('header_value', `A segmented palette ${how}.`);
}
