import type * as tf from '@tensorflow/tfjs-core';
import type { Engine, OutputArray, Values } from '../../../shared/engine/engine.ts';
import type { Pass } from '../../../shared/engine/pass.ts';
import { Parameters } from '../../../shared/nets/parameters.ts';
import { type NamedTensor, namedWeights } from '../../reference.ts';

/**
 * Runs a net once with the weights that a reference file names. Weights that the net wants and the file does not name,
 * and the other way round, are an error.
 */
export async function forwardWith(
  engine: Engine,
  weights: readonly NamedTensor[],
  forward: (pass: Pass, inputs: Record<string, tf.Tensor>) => tf.Tensor,
  inputs: Readonly<Record<string, { shape: readonly number[]; values: Values }>>,
): Promise<OutputArray> {
  const parameters = new Parameters(1);
  parameters.load(namedWeights(weights));
  const compiled = await engine.compileForward({
    forward: (tensors, pass) => ({ y: forward(pass, tensors) }),
    parameters,
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, { shape }]) => [name, { shape, dtype: 'float32' }]),
    ),
  });
  const values = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.values]));
  const { y } = await compiled.run(values);
  const extra = parameters.names().slice(weights.length);
  if (extra.length > 0) throw new Error(`The net has parameters beyond the reference: ${extra.join(', ')}.`);
  await compiled.dispose();
  parameters.dispose();
  return y!;
}

/** [record, channel, ...] of PyTorch to [record, ..., channel]. */
export function channelsLast(
  values: Float32Array,
  shape: readonly number[],
): { shape: number[]; values: Float32Array } {
  const [records, channels, ...inner] = shape as [number, number, ...number[]];
  const positions = inner.reduce((product, size) => product * size, 1);
  const moved = new Float32Array(values.length);
  for (let record = 0; record < records; record++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let position = 0; position < positions; position++) {
        moved[(record * positions + position) * channels + channel] =
          values[(record * channels + channel) * positions + position]!;
      }
    }
  }
  return { shape: [records, ...inner, channels], values: moved };
}
