import { loadGradients } from '../engine/gradients.ts';
import { exportOnnx } from '../engine/onnx/export-onnx.ts';
import type { Artifact } from './artifact.ts';
import { memberParameters } from './model.ts';
import { isExplained, modelGradient } from './model-gradient.ts';

/** The file in a model's folder that holds what `explainOnnx` makes. */
export const explainFile = 'explain.onnx';

/**
 * The gradient of a model's first member as an ONNX file of standard operators, with which the edge explains answers:
 * inputs and outputs as in `modelGradient`. One member is enough to say where the members looked, and costs a fifth of
 * five.
 *
 * @returns undefined for a net whose answers are not explained (`isExplained`).
 */
export async function explainOnnx({ card, members }: Artifact): Promise<Uint8Array | undefined> {
  if (!isExplained(card.net)) return undefined;
  await loadGradients();
  const parameters = memberParameters({ card, members: members.slice(0, 1) });
  try {
    return await exportOnnx(modelGradient(card, parameters), {
      weights: card.training.experiment.precision,
      metadata: { name: card.name, version: card.version },
    });
  } finally {
    parameters.dispose();
  }
}
