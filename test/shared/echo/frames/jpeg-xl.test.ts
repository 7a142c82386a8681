import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allFrames, changed, reasonOf, ultrasoundFile } from '../ultrasound.ts';

const rows = 24;
const columns = 32;
const us = (tag: number, value: number) => ({ tag, vr: 'US', value: [value] });
const stored = (name: string) =>
  new Uint8Array(readFileSync(new URL(`fixtures/${name}.jxl`, import.meta.url)));

/** What the fixtures were made of by libjxl's cjxl: ramps that wrap around. */
const grey = (row: number, column: number) => (column * 7 + row * 3) & 255;
const colour = (row: number, column: number, sample: number) => (column * 7 + row * 3 + sample * 50) & 255;

const expected = (samples: number, value: (row: number, column: number, sample: number) => number) =>
  Array.from({ length: rows * columns * samples }, (_, i) => {
    const pixel = Math.floor(i / samples);
    return value(Math.floor(pixel / columns), pixel % columns, i % samples);
  });

function file(fragments: Uint8Array[], samples: 1 | 3, uid: string, bits = 8, named = fragments.length) {
  return ultrasoundFile(
    changed(
      us(0x00280002, samples),
      { tag: 0x00280004, vr: 'CS', value: samples === 3 ? 'RGB' : 'MONOCHROME2' },
      { tag: 0x00280008, vr: 'IS', value: `${named}` },
      us(0x00280010, rows),
      us(0x00280011, columns),
      us(0x00280100, bits > 8 ? 16 : 8),
      us(0x00280101, bits),
      us(0x00280102, bits - 1),
      { tag: 0x7fe00010, vr: 'OB', value: { fragments } },
    ),
    uid,
  );
}

const lossless = '1.2.840.10008.1.2.4.110';

describe('JPEG XL', () => {
  it('of two grey frames comes back as it was', async () => {
    const { frames, marks } = await allFrames(file([stored('grey'), stored('grey')], 1, lossless));
    expect(frames).toEqual([expected(1, grey), expected(1, grey)]);
    expect(marks).toEqual([]);
  });

  it('of more frames than are named gives those that are, and says so', async () => {
    for (const named of [1, 2]) {
      const { frames, marks } = await allFrames(file(Array(3).fill(stored('grey')), 1, lossless, 8, named));
      expect(frames).toHaveLength(named);
      expect(marks).toEqual(['frames_more']);
    }
  });

  it('of colours comes back as it was', async () => {
    const { frames } = await allFrames(file([stored('colour')], 3, lossless), 'rgb');
    expect(frames).toEqual([expected(3, colour)]);
  });

  it.each([
    ['lossy', 'colour-lossy', '1.2.840.10008.1.2.4.112'],
    ['a recompressed JPEG file', 'recompressed-jpeg', '1.2.840.10008.1.2.4.111'],
  ])('%s comes close', async (_, name, uid) => {
    const { frames } = await allFrames(file([stored(name)], 3, uid), 'rgb');
    const wanted = expected(3, colour);
    const mean = frames[0]!.reduce((sum, value, i) => sum + Math.abs(value - wanted[i]!), 0) / wanted.length;
    expect(mean).toBeLessThan(12);
  });

  it('that is cut short, of another size or of other samples is named', async () => {
    const whole = stored('colour');
    expect(await reasonOf(allFrames(file([whole.subarray(0, 60)], 3, lossless), 'rgb'))).toBe('dicom_pixels');
    expect(await reasonOf(allFrames(file([whole.subarray(0, 3)], 3, lossless), 'rgb'))).toBe('dicom_pixels');
    expect(await reasonOf(allFrames(file([stored('grey')], 3, lossless), 'rgb'))).toBe('dicom_pixels');
    expect(await reasonOf(allFrames(file([new Uint8Array(40)], 1, lossless)))).toBe('dicom_pixels');
  });

  it('of more than eight bits is refused', async () => {
    expect(await reasonOf(allFrames(file([stored('grey')], 1, lossless, 12)))).toBe('transfer_syntax');
  });
});
