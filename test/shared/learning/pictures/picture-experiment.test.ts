import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  allEpochs,
  checkAnyExperiment,
  dataPrefix,
  isPictureExperiment,
  parseAnyExperiment,
} from '../../../../shared/learning/any-experiment.ts';
import { smallSegmentation, smallViews } from './small-pictures.ts';

describe('experiments on pictures', () => {
  it('are read with their defaults', () => {
    const experiment = parseAnyExperiment(smallSegmentation({ members: '2' }));
    expect(experiment).toMatchObject({ task: 'segmentation-a4c', precision: 'float32', members: 2 });
    expect(experiment.data).toMatchObject({ train: { image: '{image}', mask: '{mask}' } });
    expect(allEpochs(experiment)).toBe(16);
    expect(dataPrefix(experiment)).toBe('made/');
    const { data, ...rest } = experiment;
    expect(dataPrefix(checkAnyExperiment({ ...rest, data: { ...data, prefix: '/' } }))).toBe('');
    expect(isPictureExperiment(parseAnyExperiment(smallViews()))).toBe(true);
  });

  it.each([
    [
      smallViews().replace('table: pictures.csv,', "table: pictures.csv, frame: '{n}', framesEach: 3,"),
      /train\.framesEach: contradicts frame/,
    ],
    [smallViews().replace('table: pictures.csv,', 'table: pictures.csv, framesEach: 0,'), /framesEach/],
    [smallSegmentation({ window: '{ samples: 3 }' }), /window/],
    [smallSegmentation({ task: 'segmentation-a3c' }), /task/],
    [
      smallSegmentation({ chambers: '{ lv: ventricle, la: nothing, lvo: ventricle }' }),
      /chambers\.la: is none/,
    ],
    [smallSegmentation({ loss: '{ kind: dice, weight: 1 }' }), /loss.*weight/],
    [
      smallSegmentation({ loss: '{ kind: softmax-cross-entropy, classWeights: [1] }' }),
      /loss\.classWeights: one/,
    ],
    [smallSegmentation({ classes: '[background, ventricle, ventricle]' }), /classes: a class is named twice/],
    [
      smallSegmentation({ preprocessing: '{ frames: grey, edge: 64 }' }),
      /preprocessing\.edge: unet takes 32/,
    ],
    [smallSegmentation({ augmentation: '[{ kind: affine, degree: 3 }]' }), /augmentation\.0.*degree/],
    [smallSegmentation({ net: '{ name: vgg, size: 32 }' }), /net\.name/],
    [smallViews({ chambers: '{ lv: a2c, la: a2c, lvo: a2c }' }), /chambers/],
    [smallViews({ selection: '{ epoch: best, metric: dice }' }), /selection\.metric/],
  ])('are refused by the key that is wrong', (yaml, message) => {
    expect(() => parseAnyExperiment(yaml)).toThrow(
      expect.objectContaining({ reason: 'experiment_invalid', detail: expect.stringMatching(message) }),
    );
  });

  it('refuses views of phantoms that are no class, or for a segmentation', () => {
    const set = '{ firstSeed: 0, phantoms: 1 }';
    const data = `{ kind: phantom, name: made, attribution: nobody, licence: none, views: [a3c], train: ${set}, validation: ${set} }`;
    expect(() => parseAnyExperiment(smallViews({ data }))).toThrow(/data\.views\.0: is none of classes/);
    expect(() => parseAnyExperiment(smallSegmentation({ data }))).toThrow(/data\.views: has a meaning/);
  });

  it('refuses edges that a net cannot halve', () => {
    expect(() => parseAnyExperiment(smallSegmentation({ edges: '[32, 48]' }))).toThrow(/edges\.1/);
    expect(() => parseAnyExperiment(smallViews({ edges: '[32]' }))).toThrow(/edges/);
  });

  it('refuses a mask value that is no grey or stands for no class', () => {
    const wrong = (from: string, to: string) => () =>
      parseAnyExperiment(smallSegmentation().replace(from, to));
    expect(wrong('128: atrium', '300: atrium')).toThrow(/data\.maskValues\.300/);
    expect(wrong('128: atrium', '128: auricle')).toThrow(/data\.maskValues\.128/);
    expect(wrong('128: atrium', 'x: atrium')).toThrow(/data\.maskValues/);
  });

  it('takes every experiment that comes with the code', () => {
    const folder = fileURLToPath(new URL('../../../../experiments/', import.meta.url));
    for (const file of readdirSync(folder)) {
      const experiment = parseAnyExperiment(readFileSync(`${folder}${file}`, 'utf8'));
      expect(experiment.name, file).toBe(file.replace('.yml', ''));
    }
  });
});
