import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { framePreprocessingHash } from '../../shared/echo/preprocessing.ts';
import { viewOf } from '../../shared/echo/views/views.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { parseAnyExperiment } from '../../shared/learning/any-experiment.ts';
import { labelOverlap } from '../../shared/learning/pictures/label-overlap.ts';
import { largestClass } from '../../shared/learning/pictures/largest-class.ts';
import { openPhantoms } from '../../shared/learning/pictures/open-phantoms.ts';
import type { PictureExperiment, ViewExperiment } from '../../shared/learning/pictures/picture-experiment.ts';
import { openPictureModel } from '../../shared/learning/pictures/picture-model.ts';
import { preparedPicture } from '../../shared/learning/pictures/prepared-pictures.ts';
import { readPictureArtifact } from '../../shared/learning/pictures/read-picture-artifact.ts';
import { diskFolder } from '../../shared/storage/folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const names = readdirSync(`${root}models`).filter((name) => name.startsWith('echo-'));

describe.each(names)('models/%s', (name) => {
  it('is what its card and its experiment say, and the card says what it is not for', async () => {
    const { card } = await readPictureArtifact(diskFolder(`${root}models/${name}`));
    const experiment = parseAnyExperiment(readFileSync(`${root}experiments/${name}.yml`, 'utf8'));
    expect(card.training.experiment).toEqual(experiment);
    expect(card.preprocessingHash).toBe(framePreprocessingHash(card.preprocessing));
    expect(card.limits.join(' ')).toContain('phantoms only');
    expect(readFileSync(`${root}models/${name}/card.md`, 'utf8')).toContain('not a medical device');
  });
});

describe.each(names.filter((name) => name.startsWith('echo-segmentation-')))('models/%s', (name) => {
  it('outlines the left ventricle of phantoms that it has not seen', async () => {
    const artifact = await readPictureArtifact(diskFolder(`${root}models/${name}`));
    const experiment = artifact.card.training.experiment as PictureExperiment;
    const { pictures, picture } = openPhantoms(experiment, {
      firstSeed: 200_000,
      phantoms: 2,
      framesEach: 2,
    });
    const model = await openPictureModel(artifact, await openEngine({ threads: 1 }));
    const classes = experiment.classes.length;
    let dice = 0;
    for (let index = 0; index < pictures.length; index++) {
      const { grey, labels } = preparedPicture(await picture(index), experiment.net.size);
      const predicted = largestClass(await model.probabilities(grey), classes);
      dice += labelOverlap(predicted, labels, classes)[2]!.dice / pictures.length;
    }
    await model.dispose();
    expect(dice).toBeGreaterThan(0.93);
  });
});

describe('models/echo-views', () => {
  it('tells whole apical views of phantoms that it has not seen from each other and from occluded ones', async () => {
    const artifact = await readPictureArtifact(diskFolder(`${root}models/echo-views`));
    const experiment = artifact.card.training.experiment as ViewExperiment;
    const views = [
      'a4c',
      'a2c',
      'a4c_laocc',
      'a2c_laocc',
      'a4c_lvocc_s',
      'a2c_lvocc_s',
      'a3c',
      'a5c',
    ] as const;
    const data = { ...experiment.data, views: [...views] } as ViewExperiment['data'];
    const { picture } = openPhantoms(
      { ...experiment, data },
      { firstSeed: 200_000, phantoms: 2 * views.length, framesEach: 1 },
    );
    const model = await openPictureModel(artifact, await openEngine({ threads: 1 }));
    const { classes, net } = experiment;
    const measured = new Map<string, string[]>();
    for (let index = 0; index < 2 * views.length; index++) {
      const { grey } = preparedPicture(await picture(index), net.size);
      const seen = classes[largestClass(await model.probabilities(grey), classes.length)[0]!]!;
      const { seg } = viewOf(seen);
      measured.set(seg, [...(measured.get(seg) ?? []), views[index % views.length]!]);
    }
    await model.dispose();
    expect(measured.get('a4c')).toEqual(['a4c', 'a4c']);
    expect(measured.get('a2c')).toEqual(['a2c', 'a2c']);
  });
});
