import { SystoleError } from '../errors.ts';
import { type ElementType, elementBytes, elementCount, type StoredTensor } from './stored-tensor.ts';

/** The largest header that the format's own implementation reads. */
const maxHeaderBytes = 100_000_000;
const maxDimensions = 32;
const metadataKey = '__metadata__';

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads a safetensors file: eight bytes of header length, a JSON header, the tensors' bytes. The tensors are views of
 * `bytes`; nothing is copied or converted. What the format demands is checked before anything is handed out: names
 * are unique, every type is known, offsets agree with shape and type, and the tensors cover the data without
 * overlap, hole or rest.
 * Source: https://github.com/huggingface/safetensors#format
 * @throws SystoleError weights_invalid.
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { header, dataStart, pairs } = readHeader(bytes);
  const dataBytes = bytes.length - dataStart;
  const metadata = new Map<string, string>();
  const placed: { name: string; begin: number; end: number; tensor: StoredTensor }[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (!isRecord(entry)) throw invalid(`${quoted(name)} is no JSON object.`);
    if (name === metadataKey) {
      for (const [key, value] of Object.entries(entry)) {
        if (typeof value !== 'string') throw invalid(`The metadata ${quoted(key)} is no string.`);
        metadata.set(key, value);
      }
      continue;
    }
    const { type, shape, begin, end } = tensorEntry(name, entry, dataBytes);
    const tensor = { type, shape, bytes: bytes.subarray(dataStart + begin, dataStart + end) };
    placed.push({ name, begin, end, tensor });
  }
  // JSON.parse keeps the last of two entries with one name. By now the header is known to hold objects at two
  // levels only.
  const kept = Object.values(header).reduce<number>(
    (count, entry) => count + Object.keys(entry ?? {}).length,
    0,
  );
  if (Object.keys(header).length + kept !== pairs) throw invalid('A name occurs twice.');
  let covered = 0;
  for (const { name, begin, end } of placed.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      throw invalid(`${quoted(name)} ${begin < covered ? 'overlaps another' : 'leaves a hole before it'}.`);
    }
    covered = end;
  }
  if (covered !== dataBytes) throw invalid(`${dataBytes - covered} bytes belong to no tensor.`);
  return { tensors: new Map(placed.map(({ name, tensor }) => [name, tensor])), metadata };
}

/**
 * Writes a safetensors file. The same tensors and metadata give the same bytes whatever their order: tensors are
 * sorted by element size (large first, so that each is aligned) and name, metadata by key; the data start at a
 * multiple of eight bytes.
 * @throws RangeError when a tensor's bytes do not fit its shape and type, or is named as the metadata are.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array<ArrayBuffer> {
  const sorted = [...tensors].sort(
    ([a, { type: typeOfA }], [b, { type: typeOfB }]) =>
      elementBytes[typeOfB] - elementBytes[typeOfA] || compare(a, b),
  );
  const parts: Uint8Array[] = [];
  const entries: [string, unknown][] = [];
  if (metadata.size > 0) {
    entries.push([metadataKey, Object.fromEntries([...metadata].sort(([a], [b]) => compare(a, b)))]);
  }
  let offset = 0;
  for (const [name, { type, shape, bytes }] of sorted) {
    if (name === metadataKey) throw new RangeError(`No tensor can be named ${metadataKey}.`);
    if (bytes.length !== elementCount(shape) * elementBytes[type]) {
      throw new RangeError(`${name}: ${bytes.length} bytes for ${type} [${shape}].`);
    }
    entries.push([name, { dtype: type, shape, data_offsets: [offset, offset + bytes.length] }]);
    parts.push(bytes);
    offset += bytes.length;
  }
  // Entry by entry: a JavaScript object would move names that look like numbers to the front.
  const json = `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(',')}}`;
  const text = new TextEncoder().encode(json);
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, 8, 8 + headerBytes);
  file.set(text, 8);
  let at = 8 + headerBytes;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

interface Header {
  readonly header: Record<string, unknown>;
  readonly dataStart: number;
  /** Names with a value in the text, repeated ones too. */
  readonly pairs: number;
}

function readHeader(bytes: Uint8Array): Header {
  if (bytes.length < 8) throw invalid(`${bytes.length} bytes hold no header.`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(Math.min(maxHeaderBytes, bytes.length - 8))) {
    throw invalid(`A header of ${length} bytes does not fit a file of ${bytes.length}.`);
  }
  const dataStart = 8 + Number(length);
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, dataStart));
    header = JSON.parse(text);
  } catch (error) {
    throw new SystoleError('weights_invalid', 'The safetensors header is no JSON in UTF-8.', {
      cause: error,
    });
  }
  if (!text.startsWith('{') || !isRecord(header)) throw invalid('The header is no JSON object.');
  return { header, dataStart, pairs: countPairs(text) };
}

function tensorEntry(
  name: string,
  entry: Record<string, unknown>,
  dataBytes: number,
): { type: ElementType; shape: readonly number[]; begin: number; end: number } {
  const { dtype, shape, data_offsets: offsets, ...rest } = entry;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) throw invalid(`${quoted(name)} has an unknown field ${quoted(unknown)}.`);
  if (typeof dtype !== 'string' || !Object.hasOwn(elementBytes, dtype)) {
    throw invalid(`${quoted(name)} has the type ${quoted(String(dtype))}, which Systole does not read.`);
  }
  const type = dtype as ElementType;
  if (!isCounts(shape) || shape.length > maxDimensions) throw invalid(`${quoted(name)} has no valid shape.`);
  if (!isCounts(offsets) || offsets.length !== 2) throw invalid(`${quoted(name)} has no valid offsets.`);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    throw invalid(`${quoted(name)} lies at ${begin} to ${end} of ${dataBytes} bytes.`);
  }
  if (end - begin !== elementCount(shape) * elementBytes[type]) {
    throw invalid(`${quoted(name)} has ${end - begin} bytes for ${type} [${shape}].`);
  }
  return { type, shape, begin, end };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((number) => Number.isSafeInteger(number) && number >= 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Counts the colons of valid JSON that are not inside a string. */
function countPairs(json: string): number {
  let pairs = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '"') inString = !inString;
    else if (character === '\\' && inString) i++;
    else if (character === ':' && !inString) pairs++;
  }
  return pairs;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A name out of the file, fit for a message. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}...` : name);
}

function invalid(detail: string): SystoleError {
  return new SystoleError('weights_invalid', `safetensors: ${detail}`);
}
