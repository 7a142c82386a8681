import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mat4Bytes, mat4Header } from '../../../../shared/ecg/formats/mat4.ts';
import { parseHeader } from '../../../../shared/ecg/formats/wfdb/header.ts';
import { readSignals } from '../../../../shared/ecg/formats/wfdb/read-signals.ts';
import { seeds } from '../../../seeds.ts';

const widths = { double: 8, single: 4, int32: 4, int16: 2, uint16: 2, uint8: 1 } as const;

describe('mat4Header', () => {
  it.each(Object.entries(widths))('reads back a header of %s in both byte orders', (type, width) => {
    for (const bigEndian of [false, true]) {
      const header = { type: type as keyof typeof widths, bigEndian, rows: 12, columns: 5000, name: 'val' };
      expect(mat4Header(mat4Bytes(header))).toEqual({
        ...header,
        complex: false,
        dataOffset: 24,
        byteLength: 24 + 60_000 * width,
      });
    }
  });

  it.each([
    ['nothing', []],
    ['a short file', [30, 0, 0, 0]],
    [
      'a text matrix',
      [...mat4Bytes({ type: 'double', bigEndian: false, rows: 1, columns: 1, name: 'val' })].with(0, 1),
    ],
    [
      'a name without its end',
      [...mat4Bytes({ type: 'double', bigEndian: false, rows: 1, columns: 1, name: 'val' })].with(23, 65),
    ],
    [
      'a name of four gigabytes',
      [...mat4Bytes({ type: 'double', bigEndian: false, rows: 1, columns: 1, name: 'val' })].with(19, 255),
    ],
  ])('is no header: %s', (_, bytes) => {
    expect(mat4Header(Uint8Array.from(bytes))).toBeUndefined();
  });

  it.each(seeds)('never throws (seed %i)', (seed) => {
    const property = fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (bytes, plausible) => {
      if (plausible) bytes.set([30, 0, 0, 0].slice(0, bytes.length));
      mat4Header(bytes);
    });
    fc.assert(property, { seed, numRuns: 3000 });
  });
});

describe('a matrix as signal file', () => {
  const header = parseHeader(new TextEncoder().encode('r 1 500 2\nr.mat 16+24 1000/mV\n'));
  const matrix = { type: 'int16', bigEndian: false, rows: 1, columns: 2, name: 'val' } as const;

  it.each([
    ['other numbers', { ...matrix, type: 'uint16' as const }],
    ['another byte order', { ...matrix, bigEndian: true }],
    ['its leads as columns', { ...matrix, rows: 2, columns: 1 }],
    ['another length', { ...matrix, columns: 3 }],
  ])('is refused when it has %s', (_, wrong) => {
    const file = new Uint8Array(28);
    file.set(mat4Bytes(wrong));
    expect(() => readSignals(header, new Map([['r.mat', file]]))).toThrow(
      expect.objectContaining({ reason: 'header_value' }),
    );
  });
});
