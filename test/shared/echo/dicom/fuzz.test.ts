import fc from 'fast-check';
import { describe, it } from 'vitest';
import { rawMetadata } from '../../../../shared/echo/dicom/raw-metadata.ts';
import { SystoleError } from '../../../../shared/errors.ts';
import { seeds } from '../../../seeds.ts';
import { allFrames, changed, read, syntaxes, ultrasoundFile } from '../ultrasound.ts';

const files = [
  ultrasoundFile({}, syntaxes.explicit),
  ultrasoundFile({}, syntaxes.implicit),
  ultrasoundFile({}, syntaxes.bigEndian),
  ultrasoundFile({}, syntaxes.deflated),
  ultrasoundFile({}, syntaxes.implicit, { preamble: false }),
  ultrasoundFile(
    changed(
      { tag: 0x00080005, vr: 'CS', value: '\\ISO 2022 IR 87' },
      { tag: 0x00186011, vr: 'SQ', value: { items: [[{ tag: 0x00186018, vr: 'UL', value: [1] }], []] } },
      {
        tag: 0x7fe00010,
        vr: 'OB',
        value: { fragments: [new Uint8Array(70), new Uint8Array(3)], offsetTable: [0, 78] },
      },
    ),
    syntaxes.rle,
  ),
];

/** A file with some bytes overwritten, and perhaps cut or prolonged. */
const damaged = fc
  .record({
    file: fc.constantFrom(...files),
    changes: fc.array(fc.tuple(fc.nat(600), fc.constantFrom(0, 1, 0x7f, 0x80, 0xfe, 0xff, 0x53, 0x51)), {
      maxLength: 8,
    }),
    keep: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.boolean(),
  })
  .map(({ file, changes, keep, cut }) => {
    const bytes = file.slice(0, cut ? Math.floor(file.length * keep) : file.length);
    for (const [at, value] of changes) if (at + 132 < bytes.length) bytes[at + 132] = value;
    return bytes;
  });

/** Everything that reads a file either does or names its reason. */
async function isNamed(bytes: Uint8Array): Promise<boolean> {
  try {
    rawMetadata((await read(bytes)).header);
    await allFrames(bytes, 'rgb');
    return true;
  } catch (error) {
    if (error instanceof SystoleError) return true;
    throw error;
  }
}

describe.each(seeds)('readers of DICOM (seed %i)', (seed) => {
  it('name a reason for every damaged file', async () => {
    await fc.assert(fc.asyncProperty(damaged, isNamed), { seed, numRuns: 1500 });
  });

  it('name a reason for every bunch of bytes after the preamble', async () => {
    const prefix = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]);
    const bytes = fc.uint8Array({ maxLength: 300 }).map((rest) => Buffer.concat([prefix, rest]));
    await fc.assert(fc.asyncProperty(bytes, isNamed), { seed, numRuns: 500 });
  });
});
