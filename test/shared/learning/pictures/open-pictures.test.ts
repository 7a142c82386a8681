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
import { greyPng } from '../../../../shared/reports/grey-png.ts';
import { seeds } from '../../../seeds.ts';
import type { MemoryFolder } from '../small-set.ts';
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
    const set = await openLabelledPictures(smallPictures(8), train, views.classes, views.preprocessing);
    expect((await Promise.all([0, 1].map((i) => set.picture(i)))).map(({ labels }) => [...labels])).toEqual([
      [1],
      [0],
    ]);
    await expect(openLabelledPictures(smallPictures(8), train, ['a4c'], views.preprocessing)).rejects.toThrow(
      /Line 3: the label is none of classes/,
    );
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
