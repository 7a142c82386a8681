import { type FramePreprocessing, framePreprocessingHash } from '../../echo/preprocessing.ts';
import { viewNames } from '../../echo/views/views.ts';
import { SystoleError } from '../../errors.ts';
import { importCheckpoint } from '../../nets/import-checkpoint.ts';
import { versionOf, weightBytes } from '../artifact.ts';
import type { PictureCard } from './picture-card.ts';
import type { PictureArtifact } from './picture-model.ts';

/** What a checkpoint of usal_echo does not say of itself: told by its net and the number of its classes. */
const published = {
  views: { task: 'views', classes: viewNames },
  'segmentation-a4c': {
    task: 'segmentation-a4c',
    view: 'a4c',
    // Three of six labels have a name in the published system.
    classes: ['background', 'left ventricle, outer', 'left ventricle', 'label 3', 'left atrium', 'label 5'],
    chambers: { lvo: 1, lv: 2, la: 4 },
  },
  'segmentation-a2c': {
    task: 'segmentation-a2c',
    view: 'a2c',
    classes: ['background', 'left ventricle, outer', 'left ventricle', 'left atrium'],
    chambers: { lvo: 1, lv: 2, la: 3 },
  },
} as const;

/**
 * Makes a model of usal_echo's checkpoints, safetensors by the names of its TensorFlow variables, at any width: its VGG
 * answers for 23 views, its U-Net for six labels in four-chamber views or four in two-chamber ones. Frames are blanked as
 * the published system did it (the top tenth of the rows). Nothing was measured of it, and its card says so.
 * @param net `vgg` or `unet`
 * @throws SystoleError `weights_invalid` when the files are no checkpoints of the net or answer for another number of
 *   classes
 */
export function importPublished(
  net: 'vgg' | 'unet',
  files: readonly Uint8Array[],
  origin: { readonly command: string; readonly codeVersion: string },
): PictureArtifact {
  const { configuration, classes, members } = importCheckpoint({ name: net }, files);
  if (configuration.name !== 'vgg' && configuration.name !== 'unet')
    throw new SystoleError('weights_invalid', 'It is no net of pictures.');
  const known = configuration.name === 'vgg' ? [published.views] : segmentations;
  const own = known.find((one) => one.classes.length === classes);
  if (own === undefined) {
    const counts = known.map((one) => one.classes.length).join(' or ');
    throw new SystoleError(
      'weights_invalid',
      `The net answers for ${classes} classes, the published ones for ${counts}.`,
    );
  }
  const preprocessing: FramePreprocessing = {
    frames: 'grey',
    edge: configuration.size,
    burnedInText: 'top-tenth',
  };
  const card = {
    ...own,
    classes: [...own.classes],
    format: 'systole-model-1',
    name: `usal-echo-${own.task}-imported`,
    version: versionOf(members.map((weights) => weightBytes(new Map(weights), 'float32'))),
    net: configuration,
    preprocessing,
    preprocessingHash: framePreprocessingHash(preprocessing),
    members:
      members.length === 1 ? ['weights.safetensors'] : members.map((_, i) => `weights-${i}.safetensors`),
    onnx: ['model.onnx'],
    intendedUse: 'Comparing with the published system.',
    limits: ['Its weights were imported from checkpoints of others; nothing was measured here.'],
    data: { name: 'unknown', attribution: '', licence: 'unknown', training: 0, validation: 0 },
    training: {
      command: origin.command,
      engine: 'imported',
      codeVersion: origin.codeVersion,
      seed: 0,
      epochs: members.map(() => ({ done: 0, chosen: 0 })),
      experiment: null,
    },
    precision: 'float32',
    evaluatedOn: 'nothing',
    evaluation: null,
  } as PictureCard;
  return { card, members: members.map((weights) => new Map(weights)) };
}

const segmentations = [published['segmentation-a4c'], published['segmentation-a2c']];
