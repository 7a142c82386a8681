import { expect, it } from 'vitest';
import { prepareCine } from '../../../batch-jobs/preprocess/prepare-cine.ts';
import { frameForms, shownForm } from '../../../shared/echo/frame-forms.ts';
import { bucketFolder } from '../../../shared/storage/bucket-folder.ts';
import { readFrameChunks } from '../../../shared/storage/prepared-cine.ts';
import { changed, read, ultrasoundFile } from '../../shared/echo/ultrasound.ts';
import { MemoryObjects } from '../../shared/storage/memory-objects.ts';

const [rows, columns] = [120, 160];

it('finds the fan of a cine that fades in, and leaves what comes before it blank', async () => {
  const frame = (brightness: number): Uint8Array => {
    const grey = new Uint8Array(rows * columns);
    for (let row = 30; row < 100; row++) grey.fill(brightness, row * columns + 40, row * columns + 120);
    // A name in a corner, in every frame.
    for (let row = 2; row < 8; row++) grey.fill(255, row * columns + 2, row * columns + 30);
    return grey;
  };
  const file = ultrasoundFile(
    changed(
      { tag: 0x00280008, vr: 'IS', value: '3' },
      { tag: 0x00280010, vr: 'US', value: [rows] },
      { tag: 0x00280011, vr: 'US', value: [columns] },
      { tag: 0x7fe00010, vr: 'OB', value: Buffer.concat([frame(0), frame(120), frame(120)]) },
    ),
  );
  const { header, instance } = await read(file);
  const forms = frameForms([]);
  const folder = bucketFolder(new MemoryObjects(), 'work', 'cine/');
  const cine = await prepareCine(header, instance, forms, 'identity', folder);
  expect(cine.first.area).toBe('none');
  expect(cine.first.grey.some((value) => value > 0)).toBe(false);
  const size = 384 * 384;
  const brightest: number[] = [];
  const name: number[] = [];
  for await (const frames of readFrameChunks(folder, shownForm(forms.every[0]!), 3))
    for (let at = 0; at < frames.length; at += size) {
      const one = frames.subarray(at, at + size);
      brightest.push(one.reduce((most, value) => Math.max(most, value), 0));
      name.push(one[Math.floor((5 / rows) * 384) * 384 + Math.floor((10 / columns) * 384)]!);
    }
  expect(brightest).toEqual([0, 120, 120]);
  expect(name).toEqual([0, 0, 0]);
});
