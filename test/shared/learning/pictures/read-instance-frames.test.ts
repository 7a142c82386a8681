import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareCine } from '../../../../batch-jobs/preprocess/prepare-cine.ts';
import { phantomCine } from '../../../../shared/echo/phantom/phantom-cine.ts';
import { phantomDicom } from '../../../../shared/echo/phantom/phantom-dicom.ts';
import type { FramePreprocessing } from '../../../../shared/echo/preprocessing.ts';
import { preparedPicture } from '../../../../shared/learning/pictures/prepared-pictures.ts';
import {
  readInstanceFrames,
  type WantedFrames,
} from '../../../../shared/learning/pictures/read-instance-frames.ts';
import { Random } from '../../../../shared/random.ts';
import { readFrameChunks } from '../../../../shared/storage/prepared-cine.ts';
import { dataFolder, hasData } from '../../../reference.ts';
import { drawnHeart } from '../../echo/drawn-heart.ts';
import { changed, read, ultrasoundFile } from '../../echo/ultrasound.ts';
import { MemoryFolder } from '../small-set.ts';

const edge = 48;
const blankings = ['regions-or-fan', 'top-tenth', 'none'] as const;
const form = (burnedInText: FramePreprocessing['burnedInText']): FramePreprocessing => ({
  frames: 'grey',
  edge,
  burnedInText,
});

const prepared = (pictures: Awaited<ReturnType<typeof readInstanceFrames>>) =>
  pictures.map((picture) => preparedPicture({ ...picture, labels: Uint8Array.of(0) }, edge).grey);

/** What scoring's preprocessing gives the nets of an instance: every frame, and the ten of the view. */
async function scored(bytes: Uint8Array, wanted: FramePreprocessing, identity: string) {
  const { header, instance } = await read(bytes);
  const folder = new MemoryFolder();
  const cine = await prepareCine(header, instance, { views: wanted, every: [wanted] }, identity, folder);
  const every: Uint8Array[] = [];
  for await (const frames of readFrameChunks(folder, wanted, cine.frames.length))
    for (let at = 0; at < frames.length; at += edge ** 2) every.push(frames.slice(at, at + edge ** 2));
  return { numbers: cine.frames, every, sampled: cine.sampled };
}

const small = phantomCine({
  view: 'a4c',
  rows: 96,
  columns: 128,
  frames: 13,
  text: ['DOE JANE'],
  fan: { top: 0.2, height: 0.75 },
});
const phantom = (regions?: false) =>
  phantomDicom(small, {
    patientName: 'Phantom^Nobody',
    patientId: '0',
    studyInstanceUid: '1.2.3',
    seriesInstanceUid: '1.2.3.1',
    sopInstanceUid: '1.2.3.1.1',
    ...(regions === undefined ? {} : { regions }),
  });

describe('frames of an instance', () => {
  it.each(blankings)(
    'are the pictures that scoring gives the nets, to the last bit: %s',
    async (blanking) => {
      for (const bytes of [phantom(), phantom(false)]) {
        const inference = await scored(bytes, form(blanking), 'x');
        for (const frame of [0, 7, 12])
          expect(prepared(await readInstanceFrames(bytes, { frame }, form(blanking)))).toEqual([
            inference.every[frame],
          ]);
        const drawn = await readInstanceFrames(
          bytes,
          { count: 10, random: Random.named(0, 'x') },
          form(blanking),
        );
        expect(Buffer.concat(prepared(drawn))).toEqual(Buffer.from(inference.sampled.grey));
      }
    },
  );

  it('are blanked by the fan that a cine that fades in shows later, as in scoring', async () => {
    const [rows, columns] = [96, 128];
    const frame = (brightness: number): Uint8Array => {
      const grey = new Uint8Array(rows * columns);
      for (let row = 30; row < 80; row++) grey.fill(brightness, row * columns + 30, row * columns + 100);
      for (let row = 2; row < 8; row++) grey.fill(255, row * columns + 2, row * columns + 30);
      return grey;
    };
    const bytes = ultrasoundFile(
      changed(
        { tag: 0x00280008, vr: 'IS', value: '4' },
        { tag: 0x00280010, vr: 'US', value: [rows] },
        { tag: 0x00280011, vr: 'US', value: [columns] },
        { tag: 0x7fe00010, vr: 'OB', value: Buffer.concat([0, 120, 110, 100].map(frame)) },
      ),
    );
    const { every } = await scored(bytes, form('regions-or-fan'), 'x');
    for (const number of [0, 1, 3])
      expect(prepared(await readInstanceFrames(bytes, { frame: number }, form('regions-or-fan')))).toEqual([
        every[number],
      ]);
    expect(Math.max(...every[3]!)).toBe(100);
  });

  it('are as many as wanted, or all that there are, the same for the same seed', async () => {
    const count = async (wanted: WantedFrames) =>
      (await readInstanceFrames(phantom(), wanted, form('none'))).length;
    expect(await count({ count: 3, random: new Random(1) })).toBe(3);
    expect(await count({ count: 100, random: new Random(1) })).toBe(13);
    expect(await count('only').catch(() => 0)).toBe(0);
    const draw = async () =>
      prepared(await readInstanceFrames(phantom(), { count: 2, random: Random.named(4, 'a') }, form('none')));
    expect(await draw()).toEqual(await draw());
  });

  it('that are not there, not one alone or without pixels are named', async () => {
    const refused = (bytes: Uint8Array, wanted: WantedFrames) =>
      expect(readInstanceFrames(bytes, wanted, form('none'))).rejects;
    await refused(phantom(), { frame: 13 }).toMatchObject({
      reason: 'labels_invalid',
      detail: 'The instance has 13 frames and no frame 13.',
    });
    await refused(phantom(), 'only').toMatchObject({
      reason: 'labels_invalid',
      detail: 'The instance has 13 frames: `frame` must say which.',
    });
    const still = drawnHeart({ frames: 1 });
    expect(await readInstanceFrames(still, 'only', form('none'))).toHaveLength(1);
    const without = ultrasoundFile(changed({ tag: 0x7fe00010, vr: 'OB', value: new Uint8Array(0) }));
    await refused(without, { frame: 0 }).toMatchObject({ reason: 'dicom_pixels' });
  });
});

describe.skipIf(!hasData)('real ultrasound files (need ../shared/data)', () => {
  const folder = join(dataFolder, 'echo/dicom');
  const files = hasData ? readdirSync(folder).filter((name) => name.endsWith('.dcm')) : [];

  it.each(files)('give training what they give scoring: %s', async (name) => {
    const bytes = readFileSync(join(folder, name));
    const wanted = form('regions-or-fan');
    const inference = await scored(bytes, wanted, name);
    const last = inference.numbers.length - 1;
    const frame = inference.numbers[last]!;
    expect(prepared(await readInstanceFrames(bytes, { frame }, wanted))).toEqual([inference.every[last]]);
  });
});
