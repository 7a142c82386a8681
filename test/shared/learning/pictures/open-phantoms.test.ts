import { describe, expect, it } from 'vitest';
import { parseAnyExperiment } from '../../../../shared/learning/any-experiment.ts';
import { openPhantoms } from '../../../../shared/learning/pictures/open-phantoms.ts';
import type { PictureExperiment } from '../../../../shared/learning/pictures/picture-experiment.ts';
import { preparedPictures } from '../../../../shared/learning/pictures/prepared-pictures.ts';
import { smallSegmentation, smallViews } from './small-pictures.ts';

const phantomData = {
  kind: 'phantom',
  name: 'made',
  attribution: 'nobody',
  licence: 'none',
  cache: 1,
} as const;

const set = { firstSeed: 40, phantoms: 2, framesEach: 2 };

describe('openPhantoms', () => {
  it('draws the frames of each phantom with their masks, the same in any order', async () => {
    const experiment = parseAnyExperiment(smallSegmentation()) as PictureExperiment;
    const phantoms = openPhantoms(experiment, set);
    expect(phantoms.pictures.map(({ patient }) => patient)).toEqual([
      'phantom 40',
      'phantom 40',
      'phantom 41',
      'phantom 41',
    ]);
    const third = await phantoms.picture(2);
    expect(new Set(third.labels)).toEqual(new Set([0, 1, 2, 3, 4, 5]));
    expect(third.grey).not.toEqual((await phantoms.picture(3)).grey);
    const again = openPhantoms(experiment, set);
    await again.picture(1);
    expect((await again.picture(2)).grey).toEqual(third.grey);
  });

  it('takes turns through the views that phantoms show', async () => {
    const experiment = parseAnyExperiment(smallViews()) as PictureExperiment;
    const phantoms = openPhantoms(experiment, { ...set, phantoms: 3, framesEach: 1 });
    const labels = await Promise.all([0, 1, 2].map((i) => phantoms.picture(i)));
    expect(labels.map((picture) => [...picture.labels])).toEqual([[1], [0], [1]]);
    const only = { ...experiment, data: { ...phantomData, views: ['a2c' as const] } } as PictureExperiment;
    expect([...(await openPhantoms(only, set).picture(0)).labels]).toEqual([0]);
    const often = {
      ...experiment,
      data: { ...phantomData, views: ['a2c' as const, 'a2c' as const, 'a4c' as const] },
    } as PictureExperiment;
    const drawn = openPhantoms(often, { ...set, phantoms: 4, framesEach: 1 });
    const classes = await Promise.all([0, 1, 2, 3].map((i) => drawn.picture(i)));
    expect(classes.map((picture) => [...picture.labels])).toEqual([[0], [0], [1], [0]]);
    const none = { ...experiment, classes: ['plax', 'psax'] };
    expect(() => openPhantoms(none, set)).toThrow(/none of the classes/);
  });
});

describe('preparedPictures', () => {
  it('prepares what is made together at once, and keeps it up to its bound', async () => {
    const asked: number[] = [];
    const dataset = {
      pictures: [{ patient: 'A' }, { patient: 'A' }, { patient: 'B' }, { patient: 'B' }],
      together: 2,
      picture: async (index: number) => {
        asked.push(index);
        return { rows: 8, columns: 8, grey: new Uint8Array(64).fill(index), labels: new Uint8Array(64) };
      },
    };
    const prepared = preparedPictures(dataset, 8, 3 * 128);
    expect((await prepared(1)).grey[0]).toBe(1);
    await prepared(0);
    await prepared(2);
    expect(asked).toEqual([0, 1, 2, 3]);
    await prepared(3);
    expect(asked).toEqual([0, 1, 2, 3, 2, 3]);
  });
});
