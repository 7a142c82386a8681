import type { Engine } from '../engine/engine.ts';
import { loadGradients } from '../engine/gradients.ts';
import type { Artifact } from '../learning/artifact.ts';
import { memberParameters } from '../learning/model.ts';
import { isExplained, modelGradient } from '../learning/model-gradient.ts';
import type { ModelGradient } from './integrated-gradients.ts';

export interface OpenGradient {
  readonly gradient: ModelGradient;
  dispose(): Promise<void>;
}

/**
 * Compiles the gradient of a model's first member for an engine.
 * @returns undefined for a net whose answers are not explained (`isExplained`).
 */
export async function openGradient(
  { card, members }: Artifact,
  engine: Engine,
): Promise<OpenGradient | undefined> {
  if (!isExplained(card.net)) return undefined;
  await loadGradients();
  const parameters = memberParameters({ card, members: members.slice(0, 1) });
  const compiled = await engine.compileForward(modelGradient(card, parameters));
  return {
    async gradient(signals, windows, wanted) {
      const rows = new Float32Array(windows * wanted.length);
      for (let window = 0; window < windows; window++) rows.set(wanted, window * wanted.length);
      const { logits, gradient } = await compiled.run({ signals, wanted: rows });
      return { logits: logits!.data as Float32Array, gradient: gradient!.data as Float32Array };
    },
    async dispose() {
      await compiled.dispose();
      parameters.dispose();
    },
  };
}
