import { deflateRawSync } from 'node:zlib';
import { type TransferSyntax, transferSyntax } from './transfer-syntax.ts';
import { longRepresentations } from './value-representation.ts';

/**
 * The value of an element to write: text (several values joined by a backslash), numbers for the binary
 * representations, bytes as they are, the items of a sequence, or the fragments of encapsulated pixel data.
 */
export type WritableValue =
  | string
  | readonly number[]
  | Uint8Array
  | { readonly items: readonly (readonly WritableElement[])[] }
  | { readonly fragments: readonly Uint8Array[]; readonly offsetTable?: readonly number[] };

export interface WritableElement {
  readonly tag: number;
  readonly vr: string;
  readonly value: WritableValue;
}

export interface WritableObject {
  readonly transferSyntaxUid: string;
  readonly elements: readonly WritableElement[];
  /** False leaves out the preamble and the file meta information, as some old archives do. */
  readonly preamble?: boolean;
}

/**
 * Writes a DICOM object (PS3.10): file meta information and the elements in the order of their tags, in implicit or
 * explicit little endian, explicit big endian or deflated, with sequences of known length. Text is written as UTF-8;
 * say so in (0008,0005) when it is not ASCII. Words of pixel data (OW given as bytes) are taken to be in the order of
 * the transfer syntax.
 */
export function writeDicom(object: WritableObject): Uint8Array {
  const syntax = transferSyntax(object.transferSyntaxUid);
  const dataSet = elementBytes(object.elements, syntax);
  if (object.preamble === false) return dataSet;
  const first = (tag: number) => object.elements.find((element) => element.tag === tag)?.value;
  const explicit = transferSyntax('1.2.840.10008.1.2.1');
  const meta = elementBytes(
    [
      { tag: 0x00020001, vr: 'OB', value: Uint8Array.of(0, 1) },
      { tag: 0x00020002, vr: 'UI', value: first(0x00080016) ?? '' },
      { tag: 0x00020003, vr: 'UI', value: first(0x00080018) ?? '' },
      { tag: 0x00020010, vr: 'UI', value: object.transferSyntaxUid },
      { tag: 0x00020012, vr: 'UI', value: '2.25.273815046172936471' },
    ],
    explicit,
  );
  const length = elementBytes([{ tag: 0x00020000, vr: 'UL', value: [meta.length] }], explicit);
  const prefix = new Uint8Array(132);
  prefix.set(ascii('DICM'), 128);
  return joined([prefix, length, meta, syntax.deflated ? deflateRawSync(dataSet) : dataSet]);
}

function elementBytes(elements: readonly WritableElement[], syntax: TransferSyntax): Uint8Array {
  const inOrder = [...elements].sort((a, b) => a.tag - b.tag);
  return joined(inOrder.flatMap((element) => oneElement(element, syntax)));
}

function oneElement({ tag, vr, value }: WritableElement, syntax: TransferSyntax): Uint8Array[] {
  if (typeof value === 'object' && 'fragments' in value) {
    const table = new Uint8Array(4 * (value.offsetTable?.length ?? 0));
    const view = new DataView(table.buffer);
    value.offsetTable?.forEach((offset, i) => {
      view.setUint32(4 * i, offset, true);
    });
    const items = [table, ...value.fragments].flatMap((fragment) => itemOf(padded(fragment, 0), syntax));
    return [elementStart(tag, vr, 0xffffffff, syntax), ...items, tagAndLength(0xfffee0dd, 0, syntax)];
  }
  const bytes = valueBytes(vr, value, syntax);
  return [elementStart(tag, vr, bytes.length, syntax), bytes];
}

function valueBytes(
  vr: string,
  value: Exclude<WritableValue, { fragments: unknown }>,
  syntax: TransferSyntax,
): Uint8Array {
  if (typeof value === 'string') return padded(new TextEncoder().encode(value), vr === 'UI' ? 0 : 0x20);
  if (value instanceof Uint8Array) return padded(value, 0);
  if ('items' in value)
    return joined(value.items.flatMap((item) => itemOf(elementBytes(item, syntax), syntax)));
  return numberBytes(vr, value, syntax.littleEndian);
}

function numberBytes(vr: string, numbers: readonly number[], littleEndian: boolean): Uint8Array {
  const size = vr === 'FD' || vr === 'OV' ? 8 : vr === 'US' || vr === 'SS' || vr === 'OW' ? 2 : 4;
  const bytes = new Uint8Array(size * numbers.length);
  const view = new DataView(bytes.buffer);
  numbers.forEach((number, i) => {
    const at = i * size;
    if (vr === 'FD') view.setFloat64(at, number, littleEndian);
    else if (vr === 'FL') view.setFloat32(at, number, littleEndian);
    else if (vr === 'OV') view.setBigUint64(at, BigInt(number), littleEndian);
    else if (vr === 'AT') {
      view.setUint16(at, number >>> 16, littleEndian);
      view.setUint16(at + 2, number & 0xffff, littleEndian);
    } else if (size === 2) view.setUint16(at, number, littleEndian);
    else view.setUint32(at, number, littleEndian);
  });
  return bytes;
}

function elementStart(tag: number, vr: string, length: number, syntax: TransferSyntax): Uint8Array {
  if (!syntax.explicit) return tagAndLength(tag, length, syntax);
  const long = longRepresentations.has(vr);
  const bytes = new Uint8Array(long ? 12 : 8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag >>> 16, syntax.littleEndian);
  view.setUint16(2, tag & 0xffff, syntax.littleEndian);
  bytes.set(ascii(vr), 4);
  if (long) view.setUint32(8, length, syntax.littleEndian);
  else view.setUint16(6, length, syntax.littleEndian);
  return bytes;
}

function itemOf(bytes: Uint8Array, syntax: TransferSyntax): Uint8Array[] {
  return [tagAndLength(0xfffee000, bytes.length, syntax), bytes];
}

function tagAndLength(tag: number, length: number, syntax: TransferSyntax): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag >>> 16, syntax.littleEndian);
  view.setUint16(2, tag & 0xffff, syntax.littleEndian);
  view.setUint32(4, length, syntax.littleEndian);
  return bytes;
}

/** Every value has an even length. */
function padded(bytes: Uint8Array, padding: number): Uint8Array {
  if (bytes.length % 2 === 0) return bytes;
  const even = new Uint8Array(bytes.length + 1).fill(padding);
  even.set(bytes);
  return even;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
