import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJpeg } from '../../../../shared/echo/frames/decode-jpeg.ts';
import { jpegHeader } from '../../../../shared/echo/frames/jpeg-header.ts';
import { jpegLuma } from '../../../../shared/echo/frames/jpeg-luma.ts';
import type { PictureFormat } from '../../../../shared/echo/frames/picture.ts';
import { jpegLumaState, withPixelKernel } from '../../../../shared/echo/frames/pixel-kernel.ts';
import { dataFolder, hasData } from '../../../reference.ts';
import { seeds } from '../../../seeds.ts';
import { hex } from '../ultrasound.ts';

/** Coefficients of a block: the difference of its first one from the block before, and some others in zigzag order. */
interface Block {
  readonly difference: number;
  readonly others: readonly { readonly skipped: number; readonly value: 1 | -1 | 2 | 3 | -2 | -3 }[];
}

/** A frame of 8-bit JPEG from its blocks, which come in the order of the scan. */
interface Stream {
  readonly rows: number;
  readonly columns: number;
  /** Horizontal and vertical sampling of each component. */
  readonly sampling: readonly (readonly [number, number])[];
  readonly restartInterval: number;
  readonly units: readonly (readonly Block[])[];
}

// First coefficients: sizes 0 to 11 in codes of four bits. Others: end of block 0; (run 0, size 1) 10; sixteen zeros
// 110; (run 0, size 2) 1110; (run 1, size 1) in a code of eleven bits, longer than the decoder's quick table.
const tables = `
  FFC4 001F 00 000000 0C 000000000000000000000000 00 01 02 03 04 05 06 07 08 09 0A 0B
  FFC4 0018 10 01 01 01 01 00000000 0000 01 0000000000 00 01 F0 02 11`;

/** Codes of the second table by run and size. */
const codes: Record<string, string> = { '0,1': '10', '0,2': '1110', '1,1': '11110000000' };

/** The bits of a stream, with a zero byte after each FF. */
class Bits {
  readonly bytes: number[] = [];
  #held = '';

  put(bits: string): void {
    this.#held += bits;
    for (; this.#held.length >= 8; this.#held = this.#held.slice(8)) {
      const byte = Number.parseInt(this.#held.slice(0, 8), 2);
      this.bytes.push(byte);
      if (byte === 0xff) this.bytes.push(0);
    }
  }

  /** Fills the last byte with ones, as the standard wants. */
  align(): void {
    if (this.#held.length > 0) this.put('1'.repeat(8 - this.#held.length));
  }
}

function size(value: number): number {
  return value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value))) + 1;
}

function bitsOf(value: number): string {
  const length = size(value);
  if (length === 0) return '';
  return (value > 0 ? value : value + 2 ** length - 1).toString(2).padStart(length, '0');
}

/**
 * Farther from the middle than any encoder goes, and still within what libjpeg's table of limits holds: beyond 512 it
 * wraps around, where jpegLuma goes on to clamp.
 */
const farthest = 300;

function putBlock(bits: Bits, difference: number, others: Block['others']): void {
  bits.put(size(difference).toString(2).padStart(4, '0') + bitsOf(difference));
  for (const { skipped, value } of others) {
    for (let zeros = skipped; zeros >= 16; zeros -= 16) bits.put('110');
    const code = codes[`${skipped % 16},${size(value)}`];
    if (code === undefined) throw new Error('The table has no such code.');
    bits.put(code + bitsOf(value));
  }
  bits.put('0');
}

function encode(stream: Stream): Uint8Array {
  const { rows, columns, sampling, restartInterval, units } = stream;
  const word = (value: number) => value.toString(16).padStart(4, '0');
  const byte = (value: number) => value.toString(16).padStart(2, '0');
  const frame = sampling.map(([h, v], i) => `${byte(i + 1)}${h}${v}00`).join('');
  const scan = sampling.map((_, i) => `${byte(i + 1)}00`).join('');
  // Quantization: 8 for the first coefficient, 20 for all others.
  const head = hex(
    `FFD8 FFDB 0043 00 08 ${'14'.repeat(63)} FFC0 ${word(8 + 3 * sampling.length)} 08 ${word(rows)} ${word(columns)} ` +
      `${byte(sampling.length)} ${frame} ${tables} FFDD 0004 ${word(restartInterval)} ` +
      `FFDA ${word(6 + 2 * sampling.length)} ${byte(sampling.length)} ${scan} 00 3F 00`,
  );
  const bits = new Bits();
  const components = sampling.flatMap(([h, v], component) => Array<number>(h * v).fill(component));
  const means = [0, 0, 0];
  units.forEach((blocks, i) => {
    if (restartInterval > 0 && i > 0 && i % restartInterval === 0) {
      bits.align();
      bits.bytes.push(0xff, 0xd0 + ((i / restartInterval - 1) & 7));
      means.fill(0);
    }
    blocks.forEach(({ difference, others }, at) => {
      const mean = means[components[at]!]!;
      const kept = Math.abs(mean + difference) > farthest ? -difference : difference;
      means[components[at]!] = mean + kept;
      putBlock(bits, kept, others);
    });
  });
  bits.align();
  return Uint8Array.from([...head, ...bits.bytes, 0xff, 0xd9]);
}

const block: fc.Arbitrary<Block> = fc.record({
  difference: fc.integer({ min: -60, max: 60 }),
  others: fc
    .array(
      fc.oneof(
        fc.record({ skipped: fc.constantFrom(0, 16, 1), value: fc.constantFrom(1 as const, -1 as const) }),
        fc.record({
          skipped: fc.constantFrom(0, 16),
          value: fc.constantFrom(2 as const, -2 as const, 3 as const, -3 as const),
        }),
      ),
      { maxLength: 6 },
    )
    .filter((others) => others.reduce((place, { skipped }) => place + skipped + 1, 0) < 64),
});

const streams: fc.Arbitrary<Stream> = fc
  .record({
    rows: fc.integer({ min: 1, max: 40 }),
    columns: fc.integer({ min: 1, max: 40 }),
    sampling: fc.constantFrom<[number, number][]>(
      [[1, 1]],
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
      [
        [2, 1],
        [1, 1],
        [1, 1],
      ],
      [
        [2, 2],
        [1, 1],
        [1, 1],
      ],
      [
        [1, 2],
        [1, 1],
        [1, 1],
      ],
    ),
    restartInterval: fc.constantFrom(0, 1, 3),
  })
  .chain((frame) => {
    const [h, v] = frame.sampling[0]!;
    const count = Math.ceil(frame.columns / (8 * h)) * Math.ceil(frame.rows / (8 * v));
    const blocks = frame.sampling.reduce((sum, [across, down]) => sum + across * down, 0);
    const unit = fc.array(block, { minLength: blocks, maxLength: blocks });
    return fc
      .array(unit, { minLength: count, maxLength: count })
      .map((units): Stream => ({ ...frame, units }));
  });

/** The first component as libjpeg-turbo decodes it: told that the samples are RGB, it leaves them as they are. */
async function byLibjpeg(stored: Uint8Array): Promise<{ rows: number; columns: number; luma: Uint8Array }> {
  const { rows, columns, components, applicationEnd } = jpegHeader(stored);
  const bare = Uint8Array.from([0xff, 0xd8, ...stored.subarray(applicationEnd)]);
  const format: PictureFormat = {
    rows,
    columns,
    samplesPerPixel: components.length === 3 ? 3 : 1,
    bitsAllocated: 8,
    bitsStored: 8,
    signed: false,
    planar: false,
    littleEndian: true,
    photometricInterpretation: components.length === 3 ? 'RGB' : 'MONOCHROME2',
  };
  const { samples } = (await decodeJpeg(format))(bare, false);
  const luma = new Uint8Array(rows * columns);
  for (let i = 0; i < luma.length; i++) luma[i] = samples[i * components.length]!;
  return { rows, columns, luma };
}

describe.each(seeds)('jpegLuma, seed %i', (seed) => {
  it('gives the samples of libjpeg-turbo, with any sampling and restarts', async () => {
    await fc.assert(
      fc.asyncProperty(streams, async (stream) => {
        const stored = encode(stream);
        const { rows, columns, luma } = await byLibjpeg(stored);
        const grey = new Uint8Array(rows * columns);
        expect(jpegLuma(stored, rows, columns, grey)).toBe(true);
        expect(Buffer.compare(grey, luma)).toBe(0);
      }),
      { seed, numRuns: 200 },
    );
  });

  it('stays within its memory and answers, whatever is damaged', () => {
    const damage = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        streams,
        damage,
        fc.boolean(),
        fc.constantFrom(8, 12),
        (stream, changes, cut, precision) => {
          const stored = encode(stream);
          stored[75] = precision;
          for (const [at, value] of changes) stored[at % stored.length] = value;
          const kept = cut ? stored.subarray(0, (changes[0]![0] * 7) % stored.length) : stored;
          const { rows, columns } = stream;
          const stride = (precision === 12 ? 2 : 1) * ((columns + 31) & ~31);
          const sizes = [jpegLumaState(), kept.length, 512, stride * ((rows + 31) & ~31), 512];
          withPixelKernel(sizes, (kernel, memory, [state, from, before, to, after]) => {
            memory.set(kept, from);
            memory.fill(0xa5, before, before! + 512);
            memory.fill(0xa5, after, after! + 512);
            expect([0, 1]).toContain(
              kernel.jpeg_luma(from!, kept.length, to!, stride, rows, columns, precision, state!),
            );
            for (const guard of [before!, after!])
              expect(memory.subarray(guard, guard + 512).every((byte) => byte === 0xa5)).toBe(true);
          });
        },
      ),
      { seed, numRuns: 1000 },
    );
  });
});

describe('jpegLuma leaves to others', () => {
  const still: Stream = {
    rows: 8,
    columns: 8,
    sampling: [[1, 1]],
    restartInterval: 0,
    units: [[{ difference: 40, others: [] }]],
  };
  const grey = new Uint8Array(64);

  it('nothing of a plain frame', () => {
    expect(jpegLuma(encode(still), 8, 8, grey)).toBe(true);
    // 40 * 8 / 8 + 128
    expect(new Set(grey)).toEqual(new Set([168]));
  });

  it.each([
    ['a progressive frame', (bytes: Uint8Array) => bytes.fill(0xc2, 72, 73)],
    ['twelve bits', (bytes: Uint8Array) => bytes.fill(12, 75, 76)],
    ['a frame that ends early', (bytes: Uint8Array) => bytes.subarray(0, -3)],
    ['another size', (bytes: Uint8Array) => bytes.fill(9, 79, 80)],
    ['no JPEG', (bytes: Uint8Array) => bytes.fill(0)],
  ])('%s', (_, change) => {
    const bytes = encode(still);
    expect(bytes[72]).toBe(0xc0);
    expect(jpegLuma(change(bytes), 8, 8, grey)).toBe(false);
  });
});

describe.skipIf(!hasData)('jpegLuma on real frames (needs ../shared/data)', () => {
  it.each([
    'echo/dicom/pydicom_examples_ybr_color_PLAX_30f_jpegbaseline_ybr422.dcm',
    'odd/orthanc-tests/Series/Lena-1.dcm',
    'odd/fo-dicom/GH195.dcm',
    'odd/fo-dicom/GH538-jpeg1.dcm',
    'odd/pydicom/test_files/SC_rgb_small_odd_jpeg.dcm',
    'odd/pydicom/test_files/SC_rgb_dcmtk_+eb+cy+n2.dcm',
  ])('gives the samples of libjpeg-turbo, %s', async (path) => {
    const bytes = readFileSync(`${dataFolder}${path}`);
    const start = bytes.indexOf(Buffer.from([0xff, 0xd8, 0xff]), 132);
    const { rows, columns, luma } = await byLibjpeg(bytes.subarray(start));
    const grey = new Uint8Array(rows * columns);
    expect(jpegLuma(bytes.subarray(start), rows, columns, grey)).toBe(true);
    expect(Buffer.compare(grey, luma)).toBe(0);
  });
});
