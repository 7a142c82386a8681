import fc from 'fast-check';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { AnimatedPng, readAnimatedPng } from '../../../shared/storage/animated-png.ts';
import { seeds } from '../../seeds.ts';

const colours = [
  [0, 0, 0],
  [255, 0, 0],
  [0, 0, 255],
] as const;

function written(frames: readonly (readonly number[])[], width: number, filter: 'none' | 'up'): Uint8Array {
  const png = new AnimatedPng(width, frames[0]!.length / width, colours, 40, filter);
  for (const frame of frames) png.add(Uint8Array.from(frame));
  return png.file();
}

describe('an animated PNG', () => {
  it.each(['none', 'up'] as const)('comes back frame by frame, filtered %s', (filter) => {
    const frames = [
      [0, 1, 2, 2, 1, 0],
      [2, 2, 2, 0, 0, 0],
    ];
    const read = readAnimatedPng(written(frames, 3, filter));
    expect(read).toMatchObject({ width: 3, height: 2, count: 2 });
    expect(frames.map((_, index) => [...read.frame(index)])).toEqual(frames);
  });

  it('is a picture of its first frame to whoever knows no animation', () => {
    const { width, height, data } = PNG.sync.read(
      Buffer.from(
        written(
          [
            [0, 1, 2, 0],
            [2, 2, 2, 2],
          ],
          2,
          'up',
        ),
      ),
    );
    expect([width, height]).toEqual([2, 2]);
    expect([...data.subarray(4, 8)]).toEqual([255, 0, 0, 255]);
    expect([...data.subarray(8, 12)]).toEqual([0, 0, 255, 255]);
  });

  it.each(seeds)('holds any frames (seed %i)', (seed) => {
    const pictures = fc.integer({ min: 1, max: 20 }).chain((width) =>
      fc.integer({ min: 1, max: 20 }).chain((height) => {
        const size = width * height;
        const frame = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: size, maxLength: size });
        return fc.tuple(fc.constant(width), fc.array(frame, { minLength: 1, maxLength: 4 }));
      }),
    );
    fc.assert(
      fc.property(pictures, fc.constantFrom('none' as const, 'up' as const), ([width, frames], filter) => {
        const read = readAnimatedPng(written(frames, width, filter));
        expect(frames.map((_, index) => [...read.frame(index)])).toEqual(frames);
      }),
      { seed },
    );
  });

  it('refuses what it has not written, and never hangs or swells', () => {
    const file = written([[0, 1, 2, 0]], 2, 'none');
    const large = Uint8Array.from(file);
    new DataView(large.buffer).setUint32(16, 0x7fffffff);
    for (const bytes of [new Uint8Array(0), file.subarray(0, 40), large])
      expect(() => readAnimatedPng(bytes)).toThrow(RangeError);
    expect(() => new AnimatedPng(1, 1, colours, 40).file()).toThrow(RangeError);
  });
});
