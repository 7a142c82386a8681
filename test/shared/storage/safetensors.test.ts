import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SystoleError } from '../../../shared/errors.ts';
import { readSafetensors, writeSafetensors } from '../../../shared/storage/safetensors.ts';
import {
  type ElementType,
  elementBytes,
  float32Values,
  type StoredTensor,
  storedFloat32,
} from '../../../shared/storage/stored-tensor.ts';
import { seeds } from '../../seeds.ts';

function file(header: string | object, dataBytes = 0): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(dataBytes)]);
}

const entry = (dtype: string, shape: unknown, begin: unknown, end: unknown) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('readSafetensors', () => {
  it('reads the example of the format', () => {
    const { tensors, metadata } = readSafetensors(
      file({ __metadata__: { format: 'pt' }, a: entry('F16', [1, 2], 0, 4), b: entry('F32', [], 4, 8) }, 8),
    );
    expect([...metadata]).toEqual([['format', 'pt']]);
    expect(tensors.get('a')).toMatchObject({ type: 'F16', shape: [1, 2] });
    expect(tensors.get('b')?.bytes).toHaveLength(4);
  });

  it.each([
    ['F64', Float64Array.of(1.5, -2)],
    ['F32', Float32Array.of(1.5, -2)],
    ['F16', Uint16Array.of(0x3e00, 0xc000)],
    ['BF16', Uint16Array.of(0x3fc0, 0xc000)],
  ] as const)('converts %s', (type, values) => {
    const bytes = new Uint8Array(values.buffer);
    expect([...float32Values({ type, shape: [2], bytes })]).toEqual([1.5, -2]);
  });

  it.each([
    ['I64', BigInt64Array.of(-3n, 7n), [-3, 7]],
    ['I32', Int32Array.of(-3, 7), [-3, 7]],
    ['I16', Int16Array.of(-3, 7), [-3, 7]],
    ['I8', Int8Array.of(-3, 7), [-3, 7]],
    ['U64', BigUint64Array.of(3n, 7n), [3, 7]],
    ['U32', Uint32Array.of(4294967295, 7), [4294967296, 7]],
    ['U16', Uint16Array.of(65535, 7), [65535, 7]],
    ['U8', Uint8Array.of(255, 7), [255, 7]],
    ['BOOL', Uint8Array.of(0, 2), [0, 1]],
  ] as const)('converts %s', (type, values, expected) => {
    const bytes = new Uint8Array(values.buffer);
    expect([...float32Values({ type, shape: [2], bytes })]).toEqual(expected);
  });

  const entryF32 = entry('F32', [2], 0, 8);
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /no header/],
    ['a header longer than the file', Buffer.from('ffffffffffffffff7b7d', 'hex'), /does not fit/],
    ['a header that is no JSON', file('{"a":'), /no JSON/],
    [
      'a header that is not UTF-8',
      Buffer.concat([file('{"  ":{}}').subarray(0, 10), Buffer.from([0xff, 0xfe]), Buffer.from('":{}}')]),
      /UTF-8/,
    ],
    ['a header that is a list', file('[]'), /no JSON object/],
    ['a header with a space before it', file(' {}'), /no JSON object/],
    ['a doubled name', file(`{"a":${JSON.stringify(entryF32)},"a":${JSON.stringify(entryF32)}}`, 8), /twice/],
    [
      'a doubled field',
      file('{"a":{"dtype":"U8","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8),
      /twice/,
    ],
    ['doubled metadata', file('{"__metadata__":{"a":"x","a":"y"}}'), /twice/],
    ['metadata that are no strings', file({ __metadata__: { a: 1 } }), /no string/],
    ['an entry that is no object', file({ a: 3 }), /no JSON object/],
    ['an unknown type', file({ a: entry('F8_E4M3', [2], 0, 2) }, 2), /does not read/],
    ['a type out of the prototype', file({ a: entry('toString', [2], 0, 2) }, 2), /does not read/],
    ['an unknown field', file({ a: { ...entryF32, more: 1 } }, 8), /unknown field/],
    ['a negative dimension', file({ a: entry('F32', [-2], 0, 8) }, 8), /no valid shape/],
    ['a fractional dimension', file({ a: entry('F32', [0.5, 4], 0, 8) }, 8), /no valid shape/],
    ['a shape that is a text', file({ a: entry('F32', '2', 0, 8) }, 8), /no valid shape/],
    ['a shape beyond all numbers', file({ a: entry('F32', [2 ** 40, 2 ** 40], 0, 8) }, 8), /too large/],
    ['33 dimensions', file({ a: entry('U8', Array(33).fill(1), 0, 1) }, 1), /no valid shape/],
    ['offsets that go back', file({ a: entry('F32', [2], 8, 0) }, 8), /lies at 8 to 0/],
    ['offsets beyond the file', file({ a: entryF32 }, 7), /lies at 0 to 8 of 7/],
    [
      'three offsets',
      file({ a: { dtype: 'U8', shape: [1], data_offsets: [0, 1, 1] } }, 1),
      /no valid offsets/,
    ],
    ['a length that contradicts the shape', file({ a: entry('F32', [3], 0, 8) }, 8), /8 bytes for F32/],
    ['an overlap', file({ a: entryF32, b: entry('F32', [2], 4, 12) }, 12), /overlaps/],
    ['two at one place', file({ a: entryF32, b: entryF32 }, 8), /overlaps/],
    ['a hole', file({ a: entryF32, b: entry('F32', [1], 12, 16) }, 16), /hole/],
    ['a hole at the start', file({ b: entry('F32', [1], 4, 8) }, 8), /hole/],
    ['bytes at the end', file({ a: entryF32 }, 9), /1 bytes belong to no tensor/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(SystoleError);
    expect(() => readSafetensors(bytes)).toThrow(message);
  });

  it('takes empty tensors and names that look dangerous', () => {
    const { tensors } = readSafetensors(
      file('{"__proto__":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}'),
    );
    expect([...tensors.keys()]).toEqual(['__proto__']);
    expect(float32Values(tensors.get('__proto__')!)).toHaveLength(0);
  });

  it('does not stumble over a deeply nested header', () => {
    const depth = 200_000;
    expect(() => readSafetensors(file(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`))).toThrow(
      SystoleError,
    );
  });
});

describe('writeSafetensors', () => {
  const tensors = new Map<string, StoredTensor>([
    ['b', storedFloat32([2, 2], Float32Array.of(1, 2, 3, 4))],
    ['7', { type: 'U8', shape: [3], bytes: Uint8Array.of(1, 2, 3) }],
    ['a "quoted" näme', { type: 'F64', shape: [], bytes: new Uint8Array(8) }],
  ]);

  it('gives the same bytes whatever the order', () => {
    const metadata = new Map([
      ['z', '1'],
      ['a', '2'],
    ]);
    const once = writeSafetensors(tensors, metadata);
    const again = writeSafetensors(new Map([...tensors].reverse()), new Map([...metadata].reverse()));
    expect(Buffer.compare(once, again)).toBe(0);
  });

  it('aligns every tensor to its elements', () => {
    const bytes = writeSafetensors(tensors);
    for (const [, tensor] of readSafetensors(bytes).tensors) {
      expect(tensor.bytes.byteOffset % elementBytes[tensor.type]).toBe(0);
    }
  });

  it('refuses bytes that do not fit and the name of the metadata', () => {
    expect(() =>
      writeSafetensors(new Map([['a', { type: 'F32', shape: [2], bytes: new Uint8Array(4) }]])),
    ).toThrow(RangeError);
    expect(() =>
      writeSafetensors(new Map([['__metadata__', { type: 'U8', shape: [0], bytes: new Uint8Array() }]])),
    ).toThrow(RangeError);
  });
});

const types = Object.keys(elementBytes) as ElementType[];
const storedTensor: fc.Arbitrary<StoredTensor> = fc
  .tuple(fc.constantFrom(...types), fc.array(fc.nat(4), { maxLength: 4 }))
  .chain(([type, shape]) => {
    const length = shape.reduce((a, b) => a * b, 1) * elementBytes[type];
    return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => ({ type, shape, bytes }));
  });

describe.each(seeds)('safetensors, fuzzed (seed %i)', (seed) => {
  it('reads what it wrote', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), storedTensor, { noNullPrototype: true }),
        fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
        (tensors, metadata) => {
          const read = readSafetensors(
            writeSafetensors(new Map(Object.entries(tensors)), new Map(Object.entries(metadata))),
          );
          expect(Object.fromEntries(read.metadata)).toEqual(metadata);
          expect(read.tensors.size).toBe(Object.keys(tensors).length);
          for (const [name, { type, shape, bytes }] of Object.entries(tensors)) {
            const found = read.tensors.get(name)!;
            expect([found.type, found.shape, Buffer.from(found.bytes)]).toEqual([
              type,
              shape,
              Buffer.from(bytes),
            ]);
          }
        },
      ),
      { seed, numRuns: 300 },
    );
  });

  it('answers every damaged file with tensors or a named error', () => {
    const whole = writeSafetensors(
      new Map<string, StoredTensor>([
        ['a', { type: 'F32', shape: [2, 3], bytes: new Uint8Array(24) }],
        ['b', { type: 'I64', shape: [], bytes: new Uint8Array(8) }],
      ]),
      new Map([['k', 'v']]),
    );
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(damage, fc.nat(whole.length), (changes, length) => {
        const bytes = whole.slice();
        for (const [at, value] of changes) bytes[at] = value;
        for (const attempt of [bytes, bytes.subarray(0, length)]) {
          try {
            for (const [, tensor] of readSafetensors(attempt).tensors) float32Values(tensor);
          } catch (error) {
            if (!(error instanceof SystoleError)) throw error;
          }
        }
      }),
      { seed, numRuns: 2000 },
    );
  });
});
