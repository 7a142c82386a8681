import { SystoleError } from '../../errors.ts';
import { decodeText } from './character-set.ts';

/** One element of a data set. */
export interface Element {
  /** Group and element as one number: (0028,0010) is 0x00280010. */
  readonly tag: number;
  /** Value representation; `UN` where the file does not say and the dictionary does not know. */
  readonly vr: string;
  /** The bytes of the value in the file's byte order; undefined when they were skipped for their length. */
  readonly value: Uint8Array | undefined;
  /** The items of a sequence, else none. */
  readonly items: readonly DataSet[];
}

/** `(0028,0010)`: how a tag is written in messages. */
export function tagName(tag: number): string {
  const hex = tag.toString(16).padStart(8, '0').toUpperCase();
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}

const specificCharacterSet = 0x00080005;
const text = new Set('AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT'.split(' '));
const wholeText = new Set(['LT', 'ST', 'UT', 'UR']);
const numberSize: Record<string, number> = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8, UV: 8, SV: 8, AT: 4 };

/** The elements of a data set or of an item of a sequence, with typed access to their values. */
export class DataSet {
  readonly elements: ReadonlyMap<number, Element>;
  readonly littleEndian: boolean;
  /** Terms of Specific Character Set; an item without its own has those of the data set around it. */
  readonly characterSet: readonly string[];

  constructor(elements: ReadonlyMap<number, Element>, littleEndian: boolean, around: readonly string[]) {
    this.elements = elements;
    this.littleEndian = littleEndian;
    this.characterSet = around;
    const own = elements.get(specificCharacterSet);
    if (own?.value !== undefined) this.characterSet = this.strings(specificCharacterSet);
  }

  items(tag: number): readonly DataSet[] {
    return this.elements.get(tag)?.items ?? [];
  }

  /** The values of an element as text, padding removed; none when it is absent, empty, a sequence or was skipped. */
  strings(tag: number): string[] {
    const element = this.elements.get(tag);
    if (element?.value === undefined || element.value.length === 0) return [];
    return valueStrings(element, element.value, this);
  }

  /** The first value as text, undefined when absent or empty. */
  string(tag: number): string | undefined {
    return this.strings(tag)[0] || undefined;
  }

  /**
   * The values of an element as numbers, whether stored in binary or as text (IS, DS).
   * @throws SystoleError `header_value` when one is not a finite number.
   */
  numbers(tag: number): number[] {
    return this.strings(tag)
      .filter((value) => value !== '')
      .map((value) => {
        if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value))
          throw new SystoleError('header_value', `${tagName(tag)} is not a number.`);
        return Number(value);
      });
  }

  /** The first value as a number, undefined when absent or empty. */
  number(tag: number): number | undefined {
    return this.numbers(tag)[0];
  }

  /**
   * The first value as an integer.
   * @throws SystoleError `header_value` when it is no integer.
   */
  integer(tag: number): number | undefined {
    const value = this.number(tag);
    if (value !== undefined && !Number.isSafeInteger(value))
      throw new SystoleError('header_value', `${tagName(tag)} is not an integer.`);
    return value;
  }
}

function valueStrings(element: Element, value: Uint8Array, dataSet: DataSet): string[] {
  const size = numberSize[element.vr];
  if (size !== undefined) return binaryStrings(element.vr, size, value, dataSet.littleEndian);
  if (text.has(element.vr) || (element.vr === 'UN' && isText(value))) {
    const decoded = decodeText(value, dataSet.characterSet);
    if (wholeText.has(element.vr)) return [trimmed(decoded)];
    return decoded.split('\\').map(trimmed);
  }
  if (element.vr === 'UN') return [];
  return Array.from(value, (byte) => byte.toString(16).padStart(2, '0'));
}

/** Padding is a trailing NUL (UI) or space (all others); leading spaces carry nothing either. */
function trimmed(value: string): string {
  return value.replace(/[\s\0]+$/, '').replace(/^\s+/, '');
}

/** Whether bytes of unknown representation can be shown as text: no control characters but tab, line ends and escape. */
function isText(value: Uint8Array): boolean {
  const end = value.at(-1) === 0 ? value.length - 1 : value.length;
  for (let i = 0; i < end; i++) {
    const byte = value[i]!;
    if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 0x1b) return false;
  }
  return end > 0;
}

function binaryStrings(vr: string, size: number, value: Uint8Array, littleEndian: boolean): string[] {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const strings: string[] = [];
  for (let at = 0; at + size <= value.length; at += size) {
    if (vr === 'US') strings.push(String(view.getUint16(at, littleEndian)));
    else if (vr === 'SS') strings.push(String(view.getInt16(at, littleEndian)));
    else if (vr === 'UL') strings.push(String(view.getUint32(at, littleEndian)));
    else if (vr === 'SL') strings.push(String(view.getInt32(at, littleEndian)));
    else if (vr === 'FL') strings.push(String(view.getFloat32(at, littleEndian)));
    else if (vr === 'FD') strings.push(String(view.getFloat64(at, littleEndian)));
    else if (vr === 'UV') strings.push(String(view.getBigUint64(at, littleEndian)));
    else if (vr === 'SV') strings.push(String(view.getBigInt64(at, littleEndian)));
    else
      strings.push(tagName(view.getUint16(at, littleEndian) * 65536 + view.getUint16(at + 2, littleEndian)));
  }
  return strings;
}
