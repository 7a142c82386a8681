import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SystoleError } from '../../../../shared/errors.ts';
import { parseAnyExperiment } from '../../../../shared/learning/any-experiment.ts';
import {
  openLabelledPictures,
  openMaskedPictures,
} from '../../../../shared/learning/pictures/open-pictures.ts';
import type {
  SegmentationExperiment,
  ViewExperiment,
} from '../../../../shared/learning/pictures/picture-experiment.ts';
import { readGreyPng } from '../../../../shared/learning/pictures/read-grey-png.ts';
import { readInstanceFrames } from '../../../../shared/learning/pictures/read-instance-frames.ts';
import { greyPng } from '../../../../shared/reports/grey-png.ts';
import { seeds } from '../../../seeds.ts';
import { drawnHeart } from '../../echo/drawn-heart.ts';
import { MemoryFolder } from '../small-set.ts';
import { smallPictures, smallSegmentation, smallViews } from './small-pictures.ts';

const { data, classes, preprocessing } = parseAnyExperiment(smallSegmentation()) as SegmentationExperiment;
if (data.kind !== 'masks') throw new Error('the small experiment has masks');
const open = (folder: MemoryFolder, changes: Partial<typeof data.train> = {}) =>
  openMaskedPictures(folder, data, { ...data.train, ...changes }, classes, preprocessing);
const text = (bytes: string) => new TextEncoder().encode(bytes);

describe('openMaskedPictures', () => {
  it('reads the rows of its split, with labels by the values of the mask', async () => {
    const set = await open(smallPictures(10));
    expect(set.pictures.map(({ patient }) => patient)).toEqual(['P0', 'P0', 'P1', 'P1', 'P2', 'P2']);
    const { rows, columns, grey, labels } = await set.picture(2);
    expect([rows, columns, grey.length]).toEqual([40, 48, 1920]);
    expect(new Set(labels)).toEqual(new Set([0, 1, 2]));
  });

  it('makes several pictures of a row by patterns, and knows moments and ejection fractions', async () => {
    const folder = smallPictures(8);
    folder.files.set('patients.csv', text('patient;split;ef\nP0;train;61,5\nP1;train;48\n'));
    const files = [...folder.files].filter(([name]) => name.endsWith('.png'));
    for (const [name, bytes] of files) folder.files.set(name.replace(/(\d)\.png/, 'P$1-ED.png'), bytes);
    const set = await open(folder, {
      table: 'patients.csv',
      frames: ['ED', 'ES'],
      image: 'images/{patient}-{frame}.png',
      mask: 'masks/{patient}-{frame}.png',
      ejectionFraction: { column: 'ef', endDiastole: 'ED', endSystole: 'ES' },
    });
    expect(set.pictures).toHaveLength(4);
    // 61,5 is no number here.
    expect(set.pictures[0]!.ejectionFraction).toBeUndefined();
    expect(set.pictures[3]!.ejectionFraction).toEqual({ moment: 'end-systole', percent: 48 });
    expect((await set.picture(2)).rows).toBe(40);
    await expect(set.picture(3)).rejects.toMatchObject({
      reason: 'object_absent',
      detail: 'Line 3 of the table.',
    });
  });

  it('names what is wrong, by the line', async () => {
    const folder = smallPictures(10);
    await expect(open(folder, { table: 'other.csv' })).rejects.toMatchObject({ reason: 'labels_invalid' });
    await expect(open(folder, { rows: { ward: '1' } })).rejects.toThrow(
      /Line 2: the table has no column ward/,
    );
    await expect(open(folder, { rows: { split: 'x' } })).rejects.toThrow(/no row for this set/);
    folder.files.set('ragged.csv', text('image,mask\na\n'));
    await expect(open(folder, { table: 'ragged.csv' })).rejects.toThrow(/Line 2: 1 cells instead of 2/);
    folder.files.set('masks/0.png', greyPng(new Uint8Array(40 * 48).fill(7), 40, 48));
    folder.files.set('masks/1.png', greyPng(new Uint8Array(30 * 48), 30, 48));
    folder.files.set('images/2.png', text('no picture'));
    const set = await open(folder);
    await expect(set.picture(0)).rejects.toThrow(/Line 2: the mask holds 7, no class/);
    await expect(set.picture(1)).rejects.toThrow(/Line 3: image and mask differ in size/);
    await expect(set.picture(2)).rejects.toMatchObject({ reason: 'picture_syntax' });
  });
});

describe('openLabelledPictures', () => {
  it('reads the class of each picture', async () => {
    const views = parseAnyExperiment(smallViews()) as ViewExperiment;
    if (views.data.kind !== 'labels') throw new Error('the small experiment has labels');
    const { train } = views.data;
    const set = await openLabelledPictures(smallPictures(8), train, views.classes, views.preprocessing, 0);
    expect((await Promise.all([0, 1].map((i) => set.picture(i)))).map(({ labels }) => [...labels])).toEqual([
      [1],
      [0],
    ]);
    await expect(
      openLabelledPictures(smallPictures(8), train, ['a4c'], views.preprocessing, 0),
    ).rejects.toThrow(/Line 3: the label is none of classes/);
  });
});

describe('DICOM instances in a table', () => {
  const views = parseAnyExperiment(smallViews()) as ViewExperiment;
  if (views.data.kind !== 'labels') throw new Error('the small experiment has labels');
  const labelled = { ...views.data.train, rows: undefined };
  const [rows, columns] = [192, 256];
  const folder = () => {
    const memory = new MemoryFolder();
    memory.files.set('study/a_1', drawnHeart({ frames: 6 }));
    memory.files.set('study/still', drawnHeart({ frames: 1 }));
    memory.files.set('png', greyPng(new Uint8Array(rows * columns).fill(50), rows, columns));
    memory.files.set('mask.png', greyPng(new Uint8Array(rows * columns), rows, columns));
    memory.files.set('small.png', greyPng(new Uint8Array(12), 3, 4));
    memory.files.set('views.csv', text('image,view\nstudy/a_1,a4c\npng,a2c\n'));
    return memory;
  };
  const openViews = (memory: MemoryFolder, changes: Partial<typeof labelled>) =>
    openLabelledPictures(
      memory,
      { ...labelled, table: 'views.csv', ...changes },
      views.classes,
      views.preprocessing,
      7,
    );

  it('are told by their content; frames are drawn by the seed, of every instance as many', async () => {
    const set = await openViews(folder(), { framesEach: 4 });
    expect(set).toMatchObject({ together: 4 });
    expect(set.pictures.map(({ patient }) => patient)).toEqual([
      ...Array(4).fill('line 2'),
      ...Array(4).fill('line 3'),
    ]);
    const pictures = await Promise.all(set.pictures.map((_, index) => set.picture(index)));
    expect(pictures.map(({ labels }) => labels[0])).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
    expect(pictures.every((picture) => picture.rows === rows && picture.columns === columns)).toBe(true);
    expect(new Set(pictures.slice(0, 4).map(({ grey }) => Buffer.from(grey).toString('base64'))).size).toBe(
      4,
    );
    expect(new Set(pictures[5]!.grey)).toEqual(new Set([50]));
    const again = await openViews(folder(), { framesEach: 4 });
    expect((await again.picture(2)).grey).toEqual(pictures[2]!.grey);
  });

  it('have the frame that a column names, beside pictures without one', async () => {
    const memory = folder();
    memory.files.set('frames.csv', text('image,n,view\nstudy/a_1,5,a4c\npng,,a2c\npng,1,a2c\n'));
    const set = await openViews(memory, { table: 'frames.csv', frame: '{n}' });
    const [five] = await readInstanceFrames(
      memory.files.get('study/a_1')!,
      { frame: 5 },
      views.preprocessing,
    );
    expect((await set.picture(0)).grey).toEqual(five!.grey);
    expect((await set.picture(1)).rows).toBe(rows);
    await expect(set.picture(2)).rejects.toThrow(/Line 4 of the table: A picture has no frame 1/);
    memory.files.set('frames.csv', text('image,n,view\nstudy/a_1,first,a4c\n'));
    await expect(openViews(memory, { table: 'frames.csv', frame: '{n}' })).rejects.toThrow(
      /Line 2: the frame is no number/,
    );
  });

  it('have a mask of their own size for the frame that is named', async () => {
    const memory = folder();
    const masks = async (body: string) => {
      memory.files.set('masks.csv', text(`image,frame,mask\n${body}\n`));
      const set = await open(memory, {
        table: 'masks.csv',
        rows: undefined,
        patient: undefined,
        frame: '{frame}',
      });
      return set.picture(0);
    };
    expect(await masks('study/a_1,3,mask.png')).toMatchObject({ rows, columns });
    expect(await masks('study/still,,mask.png')).toMatchObject({ rows, columns });
    await expect(masks('study/a_1,3,small.png')).rejects.toThrow(/Line 2: image and mask differ in size/);
    await expect(masks('study/a_1,6,mask.png')).rejects.toThrow(
      /Line 2 of the table: The instance has 6 frames and no frame 6/,
    );
    await expect(masks('study/a_1,,mask.png')).rejects.toThrow(/6 frames: `frame` must say which/);
    await expect(masks('study/a_1,3,study/a_1')).rejects.toMatchObject({ reason: 'picture_syntax' });
  });
});

describe('readGreyPng', () => {
  it('gives back what was written', () => {
    const grey = Uint8Array.from({ length: 12 }, (_, i) => 20 * i);
    expect(readGreyPng(greyPng(grey, 3, 4))).toEqual({ rows: 3, columns: 4, grey });
  });

  const whole = greyPng(new Uint8Array(64).fill(9), 8, 8);
  it.each(seeds)('refuses broken files by name and takes no memory for sizes that lie (seed %i)', (seed) => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.nat(whole.length),
        (changes, length) => {
          const bytes = whole.slice(0, length);
          for (const [at, value] of changes) if (at < length) bytes[at] = value;
          try {
            expect(readGreyPng(bytes).grey.length).toBeLessThanOrEqual(1 << 26);
          } catch (error) {
            expect(error).toBeInstanceOf(SystoleError);
          }
        },
      ),
      { seed, numRuns: 300 },
    );
  });
});
