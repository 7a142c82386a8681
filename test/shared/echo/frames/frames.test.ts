import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { bytesInMemory } from '../../../../shared/echo/dicom/byte-source.ts';
import { readHeader } from '../../../../shared/echo/dicom/header.ts';
import { readInstance } from '../../../../shared/echo/dicom/instance.ts';
import type { WritableElement } from '../../../../shared/echo/dicom/write.ts';
import { FrameReader } from '../../../../shared/echo/frames/frame-reader.ts';
import { allFrames, changed, hex, read, reasonOf, syntaxes, ultrasoundFile, watched } from '../ultrasound.ts';

const cell = (tag: number, vr: string, value: string | number[] | Uint8Array): WritableElement => ({
  tag,
  vr,
  value,
});
const pixels = (...bytes: number[]) => cell(0x7fe00010, 'OB', Uint8Array.from(bytes));

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that this process holds, whenever the collector would have come by itself. */
function held(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A picture of 1 x 2 pixels in colour, one frame. */
const colour = (photometric: string, ...bytes: number[]) =>
  changed(
    cell(0x00280002, 'US', [3]),
    cell(0x00280004, 'CS', photometric),
    cell(0x00280008, 'IS', '1'),
    cell(0x00280010, 'US', [1]),
    cell(0x00280011, 'US', [2]),
    pixels(...bytes),
  );

describe('uncompressed frames', () => {
  it.each([syntaxes.explicit, syntaxes.implicit, syntaxes.bigEndian, syntaxes.deflated])(
    'of %s',
    async (uid) => {
      const { frames, marks } = await allFrames(ultrasoundFile({}, uid));
      expect(frames).toEqual([
        [0, 10, 20, 30, 40, 50],
        [60, 70, 80, 90, 100, 110],
      ]);
      expect(marks).toEqual([]);
    },
  );

  it('of 16 bits in both byte orders, scaled by the bits stored, overlay bits cut off', async () => {
    const words = (vr: string) =>
      changed(
        cell(0x00280008, 'IS', '1'),
        cell(0x00280100, 'US', [16]),
        cell(0x00280101, 'US', [12]),
        cell(0x7fe00010, vr, [0x0000, 0x0fff, 0x0800, 0x0010, 0xf010, 0x0fe0]),
      );
    for (const uid of [syntaxes.explicit, syntaxes.bigEndian])
      expect((await allFrames(ultrasoundFile(words('OW'), uid))).frames).toEqual([[0, 255, 128, 1, 1, 254]]);
  });

  it('of bytes written as big-endian words, also where words go on from frame to frame', async () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6);
    // Three pixels a frame: the second word is shared by both.
    const changes = changed(cell(0x00280010, 'US', [1]), { tag: 0x7fe00010, vr: 'OW', value: bytes });
    const { frames } = await allFrames(ultrasoundFile(changes, syntaxes.bigEndian));
    expect(frames).toEqual([
      [2, 1, 4],
      [3, 6, 5],
    ]);
    const little = await allFrames(ultrasoundFile(changes, syntaxes.explicit));
    expect(little.frames).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it('of signed samples, lowest is black', async () => {
    const changes = changed(
      cell(0x00280008, 'IS', '1'),
      cell(0x00280103, 'US', [1]),
      pixels(128, 255, 0, 1, 127, 192),
    );
    expect((await allFrames(ultrasoundFile(changes))).frames).toEqual([[0, 127, 128, 129, 255, 64]]);
  });

  it('of MONOCHROME1, inverted', async () => {
    const changes = changed(cell(0x00280004, 'CS', 'MONOCHROME1'));
    expect((await allFrames(ultrasoundFile(changes))).frames[0]).toEqual([255, 245, 235, 225, 215, 205]);
  });

  it('of RGB by pixel and by plane', async () => {
    const byPixel = ultrasoundFile(colour('RGB', 255, 0, 0, 10, 20, 30));
    const byPlane = ultrasoundFile({
      ...colour('RGB', 255, 10, 0, 20, 0, 30),
      2621446: cell(0x00280006, 'US', [1]),
    });
    for (const file of [byPixel, byPlane]) {
      expect((await allFrames(file, 'rgb')).frames).toEqual([[255, 0, 0, 10, 20, 30]]);
      // 0.2989 * 255 = 76.2; 0.2989 * 10 + 0.587 * 20 + 0.114 * 30 = 18.1
      expect((await allFrames(file)).frames).toEqual([[76, 18]]);
    }
  });

  it('of YBR_FULL and YBR_FULL_422', async () => {
    const full = ultrasoundFile(colour('YBR_FULL', 76, 85, 255, 100, 128, 128));
    expect((await allFrames(full, 'rgb')).frames).toEqual([[254, 0, 0, 100, 100, 100]]);
    expect((await allFrames(full)).frames).toEqual([[76, 100]]);
    const halved = ultrasoundFile(colour('YBR_FULL_422', 76, 100, 128, 128));
    expect((await allFrames(halved, 'rgb')).frames).toEqual([[76, 76, 76, 100, 100, 100]]);
    expect((await allFrames(halved)).frames).toEqual([[76, 100]]);
  });

  it('keeps white white', async () => {
    expect((await allFrames(ultrasoundFile(colour('RGB', 255, 255, 255, 0, 0, 0)))).frames).toEqual([
      [255, 0],
    ]);
  });

  it('asks for one stretch of the file at a time', async () => {
    const frames = 40;
    const size = 512 * 512;
    const bytes = ultrasoundFile(
      changed(
        cell(0x00280008, 'IS', String(frames)),
        cell(0x00280010, 'US', [512]),
        cell(0x00280011, 'US', [512]),
        cell(0x7fe00010, 'OB', new Uint8Array(frames * size)),
      ),
    );
    const source = watched(bytes);
    const header = await readHeader(source);
    const reader = new FrameReader(header, readInstance(header), 'grey');
    for await (const _ of reader);
    expect(reader.delivered).toBe(frames);
    expect(Math.max(...source.reads.map(([, length]) => length))).toBeLessThanOrEqual(1 << 20);
    expect(source.reads.length).toBeLessThan(20);
  });

  it('of a cine of 500 MB take little memory', async () => {
    const [rows, columns, count] = [1000, 1000, 500];
    const changes = changed(
      cell(0x00280008, 'IS', String(count)),
      cell(0x00280010, 'US', [rows]),
      cell(0x00280011, 'US', [columns]),
      pixels(),
    );
    const start = ultrasoundFile(changes);
    // The length of the pixel data, the last four bytes, is written by hand.
    new DataView(start.buffer, start.length - 4).setUint32(0, rows * columns * count, true);
    const header = await readHeader({
      size: start.length + rows * columns * count,
      read: async (offset, length) => {
        const bytes = new Uint8Array(length).fill(7);
        if (offset < start.length) bytes.set(start.subarray(offset, offset + length));
        return bytes;
      },
    });
    const before = held();
    let most = 0;
    const reader = new FrameReader(header, readInstance(header), 'grey');
    for await (const frame of reader) if (frame.index % 10 === 0) most = Math.max(most, held() - before);
    expect(reader.delivered).toBe(count);
    expect(reader.marks).toEqual([]);
    expect(most).toBeLessThan(50 << 20);
  });

  it('gives the whole frames of a file that breaks off', async () => {
    const { frames, marks } = await allFrames(ultrasoundFile().subarray(0, -3));
    expect(frames).toEqual([[0, 10, 20, 30, 40, 50]]);
    expect(marks).toEqual(['pixel_data_truncated', 'frames_fewer']);
  });
});

describe('palettes', () => {
  const palette = (entries: number[], descriptor: number[]) =>
    changed(
      cell(0x00280004, 'CS', 'PALETTE COLOR'),
      cell(0x00280008, 'IS', '1'),
      ...[1, 2, 3].map((n) => cell(0x00281100 + n, 'US', descriptor)),
      ...[1, 2, 3].map((n) =>
        cell(
          0x00281200 + n,
          'OW',
          entries.map((entry) => (entry + n - 1) << 8),
        ),
      ),
      pixels(0, 1, 2, 3, 1, 0),
    );

  it('of 16 bits keep the upper eight', async () => {
    const { frames, marks } = await allFrames(ultrasoundFile(palette([10, 20, 30, 40], [4, 0, 16])), 'rgb');
    expect(frames[0]).toEqual([10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42, 20, 21, 22, 10, 11, 12]);
    expect(marks).toEqual([]);
  });

  it('show indices without an entry as the nearest, and say so', async () => {
    const { frames, marks } = await allFrames(ultrasoundFile(palette([100, 200], [2, 1, 16])));
    // Index 0 is below the first mapped value 1, index 3 beyond the last.
    expect(frames[0]).toEqual([101, 101, 201, 201, 101, 101]);
    expect(marks).toEqual(['palette_index']);
  });

  it('of 8 bits are read packed and one a word', async () => {
    const table = (bytes: Uint8Array) =>
      changed(
        ...Object.values(palette([0, 0, 0, 0], [4, 0, 8])),
        ...[1, 2, 3].map((n) => cell(0x00281200 + n, 'OW', bytes)),
      );
    for (const bytes of [Uint8Array.of(5, 6, 7, 8), Uint8Array.of(5, 0, 6, 0, 7, 0, 8, 0)])
      expect((await allFrames(ultrasoundFile(table(bytes)))).frames[0]).toEqual([5, 6, 7, 8, 6, 5]);
    for (const bytes of [Uint8Array.of(6, 5, 8, 7), Uint8Array.of(0, 5, 0, 6, 0, 7, 0, 8)])
      expect((await allFrames(ultrasoundFile(table(bytes), syntaxes.bigEndian))).frames[0]).toEqual([
        5, 6, 7, 8, 6, 5,
      ]);
  });

  it('in segments are expanded', async () => {
    const segmented = (bits: number, vr: string, value: number[] | Uint8Array) => ({
      ...palette([], [4, 0, bits]),
      ...changed(...[1, 2, 3].map((n) => cell(0x00281220 + n, vr, value))),
      ...Object.fromEntries([1, 2, 3].map((n) => [0x00281200 + n, undefined])),
    });
    // One entry of 10, then a line of three to 40.
    const ramp = [10, 20, 30, 40, 20, 10];
    const wide = segmented(16, 'OW', [0, 1, 10 << 8, 1, 3, 40 << 8]);
    expect((await allFrames(ultrasoundFile(wide))).frames[0]).toEqual(ramp);
    expect((await allFrames(ultrasoundFile(wide, syntaxes.bigEndian))).frames[0]).toEqual(ramp);
    const narrow = segmented(8, 'OW', Uint8Array.of(0, 1, 10, 1, 3, 40));
    expect((await allFrames(ultrasoundFile(narrow))).frames[0]).toEqual(ramp);
  });

  it('shorter than their descriptor are refused', async () => {
    expect(await reasonOf(allFrames(ultrasoundFile(palette([1, 2], [200, 0, 16]))))).toBe('header_value');
  });
});

describe('RLE frames', () => {
  /** A frame of one segment: 64 bytes of header, then PackBits. */
  const segment = (packed: string) => {
    const frame = new Uint8Array(64 + hex(packed).length);
    new DataView(frame.buffer).setUint32(0, 1, true);
    new DataView(frame.buffer).setUint32(4, 64, true);
    frame.set(hex(packed), 64);
    return frame;
  };
  const encapsulated = (fragments: Uint8Array[], offsetTable?: number[]) =>
    ultrasoundFile(changed({ tag: 0x7fe00010, vr: 'OB', value: { fragments, offsetTable } }), syntaxes.rle);
  // Copy three (02), repeat the next byte three times (FE), nothing (80).
  const first = segment('02 010203 FE 09 80 00');
  const second = segment('FB 07');

  it('of copies and repetitions', async () => {
    for (const table of [undefined, [0, 80], [0, 7], [5]]) {
      const { frames, marks } = await allFrames(encapsulated([first, second], table));
      expect(frames).toEqual([
        [1, 2, 3, 9, 9, 9],
        [7, 7, 7, 7, 7, 7],
      ]);
      expect(marks).toEqual([]);
    }
  });

  it('of three segments become RGB, of YBR the first is the grey', async () => {
    const frame = new Uint8Array(64 + 9);
    const view = new DataView(frame.buffer);
    [3, 64, 67, 70].forEach((value, i) => {
      view.setUint32(4 * i, value, true);
    });
    frame.set(hex('01 6450 01 8080 01 8080'), 64);
    const file = (photometric: string) =>
      ultrasoundFile(
        { ...colour(photometric), 2145386512: { tag: 0x7fe00010, vr: 'OB', value: { fragments: [frame] } } },
        syntaxes.rle,
      );
    expect((await allFrames(file('RGB'), 'rgb')).frames).toEqual([[100, 128, 128, 80, 128, 128]]);
    expect((await allFrames(file('YBR_FULL'), 'rgb')).frames).toEqual([[100, 100, 100, 80, 80, 80]]);
    expect((await allFrames(file('YBR_FULL'))).frames).toEqual([[100, 80]]);
  });

  it.each([
    ['a frame shorter than its header', Uint8Array.of(1, 0, 0, 0)],
    ['another number of segments', segment('FB 07').fill(2, 0, 1)],
    ['a segment outside the frame', segment('FB 07').fill(0xff, 4, 6)],
    ['a segment that ends before the picture', segment('02 010203')],
    ['a copy beyond the end', segment('05 0102')],
    ['a repetition without its byte', segment('01 0102 FE')],
  ])('leave out %s', async (_, broken) => {
    const { frames, indices, marks } = await allFrames(encapsulated([broken, second]));
    expect(frames).toEqual([[7, 7, 7, 7, 7, 7]]);
    expect(indices).toEqual([1]);
    expect(marks).toEqual(['frame_undecodable']);
    expect(await reasonOf(allFrames(encapsulated([broken, broken])))).toBe('dicom_pixels');
  });

  it('that are fewer than named are marked', async () => {
    const { frames, marks } = await allFrames(encapsulated([first]));
    expect(frames).toHaveLength(1);
    expect(marks).toEqual(['frames_fewer']);
  });

  it('that are more than named are left', async () => {
    const { frames, marks } = await allFrames(encapsulated([first, second, second]));
    expect(frames).toHaveLength(2);
    expect(marks).toEqual(['frames_more']);
  });

  it('of a file that breaks off are the whole ones', async () => {
    const file = encapsulated([first, second]);
    for (const cut of [9, 20, 60]) {
      const { frames, marks } = await allFrames(file.subarray(0, -cut));
      expect(frames).toEqual([[1, 2, 3, 9, 9, 9]]);
      expect(marks).toEqual(['pixel_data_truncated', 'frames_fewer']);
    }
  });

  it('without anything at all are refused', async () => {
    expect(await reasonOf(allFrames(encapsulated([])))).toBe('dicom_pixels');
  });
});

describe('FrameReader', () => {
  it('refuses what the instance refuses', async () => {
    const { header, instance } = await read(ultrasoundFile({}, '1.2.840.10008.1.2.4.100'));
    expect(() => new FrameReader(header, instance, 'grey')).toThrow('transfer syntax');
  });

  it('refuses a JPEG frame that is none', async () => {
    const file = ultrasoundFile(
      changed({ tag: 0x7fe00010, vr: 'OB', value: { fragments: [hex('FFD8 FFD9')] } }),
      syntaxes.jpeg,
    );
    expect(await reasonOf(allFrames(file))).toBe('dicom_pixels');
  });

  it('refuses a compressed frame whose size is not that of the header, before it is decoded', async () => {
    // SOI and SOF0 of 65535 x 65535 pixels in one component.
    const bomb = hex('FFD8 FFC0 000B 08 FFFF FFFF 01 01 11 00 FFDA 0008 01 01 00 00 3F 00 FFD9');
    const file = ultrasoundFile(
      changed({ tag: 0x7fe00010, vr: 'OB', value: { fragments: [bomb] } }),
      syntaxes.jpeg,
    );
    expect(await reasonOf(allFrames(file))).toBe('dicom_pixels');
  });

  it('can be left after the first frame', async () => {
    const header = await readHeader(bytesInMemory(ultrasoundFile()));
    const reader = new FrameReader(header, readInstance(header), 'grey');
    for await (const frame of reader) {
      expect(frame.index).toBe(0);
      break;
    }
    expect(reader.delivered).toBe(1);
  });
});
