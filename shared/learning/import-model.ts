import { configurationHash } from '../ecg/preprocessing.ts';
import { standardLeads } from '../ecg/recording.ts';
import { SystoleError } from '../errors.ts';
import { importCheckpoint } from '../nets/import-checkpoint.ts';
import { type Artifact, versionOf, weightBytes } from './artifact.ts';
import type { Card } from './card.ts';
import type { Experiment } from './experiment.ts';
import { modelOnnx } from './model-onnx.ts';

/** A checkpoint holds no thresholds. */
const threshold = 0.5;

/**
 * Makes a model of published checkpoints: the weights from the files, one a member, and all that files of weights do not
 * hold (strides, classes, preprocessing, intended use) from the experiment that describes the published system. Nothing was
 * measured of it, and its card says so.
 * @throws SystoleError `weights_invalid` when the files are no checkpoints of the experiment's net, or answer for another
 *   number of classes
 */
export async function importModel(
  experiment: Experiment,
  files: readonly Uint8Array[],
  origin: { readonly command: string; readonly codeVersion: string },
): Promise<{ artifact: Artifact; onnx: Uint8Array }> {
  const { configuration, classes, members } = importCheckpoint(experiment.net, files);
  if (classes !== experiment.classes.length) {
    throw new SystoleError(
      'weights_invalid',
      `The net answers for ${classes} classes, the experiment names ${experiment.classes.length}.`,
    );
  }
  const { preprocessing, data, precision, seed } = experiment;
  const card: Card = {
    format: 'systole-model-1',
    name: `${experiment.name}-imported`,
    version: versionOf(members.map((weights) => weightBytes(new Map(weights), precision))),
    task: 'ecg',
    net: configuration,
    leads: [...standardLeads],
    classes: experiment.classes,
    thresholds: experiment.classes.map(() => threshold),
    output: experiment.loss.kind === 'binary-cross-entropy' ? 'sigmoid' : 'softmax',
    preprocessing,
    preprocessingHash: configurationHash(preprocessing),
    members:
      members.length === 1 ? ['weights.safetensors'] : members.map((_, i) => `weights-${i}.safetensors`),
    onnx: ['model.onnx'],
    intendedUse: experiment.card.intendedUse,
    limits: [
      'Its weights were imported from checkpoints of others; nothing was measured here.',
      `Thresholds are ${threshold} for every class: checkpoints hold none.`,
      ...experiment.card.limits,
    ],
    data: {
      name: data.name,
      attribution: data.attribution,
      licence: data.licence,
      training: 0,
      validation: 0,
    },
    training: {
      command: origin.command,
      engine: 'imported',
      codeVersion: origin.codeVersion,
      seed,
      epochs: members.map(() => ({ done: 0, chosen: 0 })),
      experiment,
    },
    evaluatedOn: 'nothing',
    evaluation: null,
  };
  const artifact = { card, members: members.map((weights) => new Map(weights)) };
  return { artifact, onnx: await modelOnnx(artifact) };
}
