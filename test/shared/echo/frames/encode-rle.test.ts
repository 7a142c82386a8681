import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRle } from '../../../../shared/echo/frames/encode-rle.ts';
import { seeds } from '../../../seeds.ts';
import { allFrames, changed, syntaxes, ultrasoundFile } from '../ultrasound.ts';

/** The frame as the reader of files gets it back. */
async function readBack(frame: Uint8Array, rows: number, columns: number): Promise<number[]> {
  const file = ultrasoundFile(
    changed(
      { tag: 0x00280008, vr: 'IS', value: '1' },
      { tag: 0x00280010, vr: 'US', value: [rows] },
      { tag: 0x00280011, vr: 'US', value: [columns] },
      { tag: 0x7fe00010, vr: 'OB', value: { fragments: [encodeRle(frame, columns)] } },
    ),
    syntaxes.rle,
  );
  return (await allFrames(file)).frames[0]!;
}

describe('encodeRle', () => {
  it.each(seeds)('gives back every frame (seed %i)', async (seed) => {
    // Few values and long repeats, so that runs and literal bytes of all lengths come about.
    const stretch = fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 5 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(stretch, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 40 }),
        async (stretches, columns) => {
          const values = stretches.flatMap(([length, value]) =>
            Array.from({ length }, (_, i) => (value === 0 ? (i * 37) % 251 : value)),
          );
          const rows = Math.ceil(values.length / columns);
          const frame = new Uint8Array(rows * columns);
          frame.set(values);
          expect(await readBack(frame, rows, columns)).toEqual([...frame]);
        },
      ),
      { seed, numRuns: 60 },
    );
  });

  it('packs an empty frame tightly', () => {
    expect(encodeRle(new Uint8Array(600 * 800), 800).length).toBe(64 + 600 * 14);
  });
});
