import { crc32, deflateRawSync } from 'node:zlib';
import { elementBytes, type StoredTensor } from '../../../shared/storage/stored-tensor.ts';

/** One opcode of a pickle with its argument, for tests that need a hand-made one. */
export type PicklePart = number | string | Uint8Array;

/** Joins opcodes (numbers), ASCII (strings) and raw bytes to a pickle of protocol 2. */
export function pickle(...parts: PicklePart[]): Buffer {
  const encoded = parts.map((part) =>
    typeof part === 'number' ? Buffer.from([part]) : typeof part === 'string' ? Buffer.from(part) : part,
  );
  return Buffer.concat([Buffer.from([0x80, 2]), ...encoded, Buffer.from('.')]);
}

export function unicode(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([Buffer.from('X'), length, bytes]);
}

export function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.write('J');
  bytes.writeInt32LE(value, 1);
  return bytes;
}

export function tuple(...values: Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from('('), ...values, Buffer.from('t')]);
}

/** A dictionary of names and pickled values. */
export function dictionary(items: Iterable<readonly [string, Uint8Array]>): Buffer {
  const parts: Uint8Array[] = [Buffer.from('ccollections\nOrderedDict\n)R(')];
  for (const [name, value] of items) parts.push(unicode(name), value);
  return Buffer.concat([...parts, Buffer.from('u')]);
}

const storageClasses: Partial<Record<StoredTensor['type'], string>> = {
  F64: 'DoubleStorage',
  F32: 'FloatStorage',
  F16: 'HalfStorage',
  BF16: 'BFloat16Storage',
  I64: 'LongStorage',
  I32: 'IntStorage',
  U8: 'ByteStorage',
  BOOL: 'BoolStorage',
};

export function storage(type: StoredTensor['type'], key: string, length: number): Buffer {
  return Buffer.concat([
    tuple(
      unicode('storage'),
      Buffer.from(`ctorch\n${storageClasses[type]}\n`),
      unicode(key),
      unicode('cpu'),
      integer(length),
    ),
    Buffer.from('Q'),
  ]);
}

/** A tensor over a storage, as torch._utils._rebuild_tensor_v2 takes it. */
export function tensor(
  over: Uint8Array,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): Buffer {
  return Buffer.concat([
    Buffer.from('ctorch._utils\n_rebuild_tensor_v2\n'),
    tuple(
      over,
      integer(offset),
      tuple(...shape.map(integer)),
      tuple(...strides.map(integer)),
      Buffer.from([0x89]),
      Buffer.from('ccollections\nOrderedDict\n)R'),
    ),
    Buffer.from('R'),
  ]);
}

/** A checkpoint as torch.save writes it: every tensor contiguous in a storage of its own. */
export function writeTorchCheckpoint(
  tensors: Iterable<readonly [string, StoredTensor]>,
  wrap: (stateDict: Buffer) => Buffer = (stateDict) => stateDict,
): Uint8Array {
  const files: [string, Uint8Array][] = [];
  const items: [string, Buffer][] = [];
  for (const [name, { type, shape, bytes }] of tensors) {
    const key = String(items.length);
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    files.push([`archive/data/${key}`, bytes]);
    items.push([name, tensor(storage(type, key, bytes.length / elementBytes[type]), 0, shape, strides)]);
  }
  return writeZip([
    ['archive/data.pkl', pickle(wrap(dictionary(items)))],
    ...files,
    ['archive/version', Buffer.from('3\n')],
  ]);
}

/** A ZIP archive of stored or deflated entries; with `zip64`, sizes and offsets stand where ZIP64 has them. */
export function writeZip(
  files: Iterable<readonly [string, Uint8Array]>,
  { deflate = false, zip64 = false } = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of files) {
    const packed = deflate ? deflateRawSync(content) : Buffer.from(content);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(deflate ? 8 : 0, 4);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    const extra = zip64
      ? Buffer.concat([integers16(1, 24), integers64(content.length, packed.length, offset)])
      : Buffer.alloc(0);
    if (zip64) {
      fields.fill(0xff, 14, 22);
      rest.fill(0xff, 10);
      fields.writeUInt16LE(extra.length, 24);
    }
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, rest, Buffer.from(name), extra]),
    );
    parts.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  if (!zip64) return Buffer.concat([...parts, entries, end]);
  end.fill(0xff, 8, 20);
  const end64 = Buffer.concat([
    Buffer.from('PK\x06\x06'),
    integers64(44),
    Buffer.alloc(12),
    integers64(directory.length, directory.length, entries.length, offset),
  ]);
  const locator = Buffer.concat([
    Buffer.from('PK\x06\x07'),
    Buffer.alloc(4),
    integers64(offset + entries.length),
    Buffer.alloc(4),
  ]);
  return Buffer.concat([...parts, entries, end64, locator, end]);
}

function integers16(...values: number[]): Buffer {
  return Buffer.from(Uint16Array.from(values).buffer);
}

function integers64(...values: number[]): Buffer {
  return Buffer.from(BigUint64Array.from(values.map(BigInt)).buffer);
}
