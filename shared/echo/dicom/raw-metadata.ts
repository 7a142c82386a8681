import type { DataSet } from './data-set.ts';
import type { Header } from './header.ts';

/** One row of `raw.metadata`: group and element as four hexadecimal digits, and the value as text. */
export interface RawMetadata {
  readonly tag1: string;
  readonly tag2: string;
  readonly value: string;
}

/** Values of this length and above are left out, as usal_echo does: they are tables, not metadata. */
const longestValue = 50;
/** No value of so many bytes is that short as text, padding aside; it need not be decoded to know. */
const longestBytes = 1024;

/**
 * Every tag of a header as usal_echo's `raw.metadata` keeps them: elements without value, empty values and values of 50
 * characters or more are dropped, duplicates too, and the backslash between values is written `--`. The file meta
 * information comes first; the elements of sequences follow at the place of their sequence, at every depth (usal_echo
 * took the first level and the ultrasound regions), without a word of which item they are from. Binary values that are
 * no numbers are hexadecimal bytes; in implicit files, private and unknown binary values are left out.
 */
export function rawMetadata(header: Header): RawMetadata[] {
  const rows: RawMetadata[] = [];
  const seen = new Set<string>();
  collect(header.meta, rows, seen);
  collect(header.dataSet, rows, seen);
  return rows;
}

function collect(dataSet: DataSet, rows: RawMetadata[], seen: Set<string>): void {
  for (const element of dataSet.elements.values()) {
    for (const item of element.items) collect(item, rows, seen);
    if (element.value === undefined || element.value.length > longestBytes) continue;
    const values = dataSet.strings(element.tag);
    if (values.every((value) => value === '')) continue;
    // A NUL inside a text is a fault of the writer, and PostgreSQL takes none.
    const value = values.join('--').replaceAll('\0', '');
    if (value.length >= longestValue) continue;
    const tag = element.tag.toString(16).padStart(8, '0');
    const key = `${tag} ${value}`;
    if (seen.has(key)) continue;
    seen.add(key);
    rows.push({ tag1: tag.slice(0, 4), tag2: tag.slice(4), value });
  }
}
