import type { ForwardDefinition } from '../engine/engine.ts';
import { exportTfjs } from '../engine/tensorflow/export-tfjs.ts';
import type { Parameters } from '../nets/parameters.ts';
import type { Folder } from '../storage/folder.ts';
import type { Artifact, Precision } from './artifact.ts';
import { memberParameters, modelForward } from './model.ts';
import { type PictureArtifact, pictureForward } from './pictures/picture-model.ts';

/**
 * Writes a model as a tf.js graph model, `model.json` and the weight files that it names, for `tf.loadGraphModel` on
 * any backend: `signals` [window, ...], the windows of one recording, to `probabilities` [1, class]. Weights are in
 * the precision in which the model is stored.
 */
export async function writeTfjs(folder: Folder, artifact: Artifact): Promise<void> {
  const { card } = artifact;
  const parameters = memberParameters(artifact);
  await write(folder, modelForward(card, parameters), parameters, {
    ...card,
    precision: card.training.experiment.precision,
  });
}

/** The same of a model of pictures: `frames` [frame, row, column, 1] to `probabilities`. */
export async function writePictureTfjs(folder: Folder, artifact: PictureArtifact): Promise<void> {
  const { card } = artifact;
  const parameters = memberParameters(artifact);
  await write(folder, pictureForward(card, parameters), parameters, card);
}

async function write(
  folder: Folder,
  definition: ForwardDefinition,
  parameters: Parameters,
  card: { readonly name: string; readonly version: string; readonly precision: Precision },
): Promise<void> {
  try {
    const { model, shards } = await exportTfjs(definition, {
      weights: card.precision,
      metadata: { name: card.name, version: card.version },
    });
    for (const [name, bytes] of shards) await folder.write(name, bytes);
    await folder.write('model.json', JSON.stringify(model));
  } finally {
    parameters.dispose();
  }
}
