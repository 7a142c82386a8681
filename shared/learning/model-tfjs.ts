import { exportTfjs } from '../engine/tensorflow/export-tfjs.ts';
import type { Folder } from '../storage/folder.ts';
import type { Artifact } from './artifact.ts';
import { memberParameters, modelForward } from './model.ts';

/**
 * Writes a model as a tf.js graph model, `model.json` and the weight files that it names, for `tf.loadGraphModel` on
 * any backend: `signals` [window, ...], the windows of one recording, to `probabilities` [1, class]. Weights are in
 * the precision in which the model is stored.
 */
export async function writeTfjs(folder: Folder, artifact: Artifact): Promise<void> {
  const { card } = artifact;
  const parameters = memberParameters(artifact);
  try {
    const { model, shards } = await exportTfjs(modelForward(card, parameters), {
      weights: card.training.experiment.precision,
      metadata: { name: card.name, version: card.version },
    });
    for (const [name, bytes] of shards) await folder.write(name, bytes);
    await folder.write('model.json', JSON.stringify(model));
  } finally {
    parameters.dispose();
  }
}
