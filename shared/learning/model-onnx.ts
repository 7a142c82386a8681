import { exportOnnx } from '../engine/onnx/export-onnx.ts';
import type { Artifact } from './artifact.ts';
import { memberParameters, modelForward } from './model.ts';

/**
 * A model as an ONNX file of standard operators: `signals` [window, ...], the windows of one recording, to
 * `probabilities` [1, class], the mean over the members. With weights in half precision the file holds them so;
 * they are widened once, when a session is made, and everything is computed in single precision.
 */
export async function modelOnnx(artifact: Artifact): Promise<Uint8Array> {
  const { card } = artifact;
  const parameters = memberParameters(artifact);
  try {
    return await exportOnnx(modelForward(card, parameters), {
      weights: card.training.experiment.precision,
      metadata: { name: card.name, version: card.version },
    });
  } finally {
    parameters.dispose();
  }
}
