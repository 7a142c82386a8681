import type * as tf from '@tensorflow/tfjs-core';
import type { ForwardDefinition } from '../../shared/engine/engine.ts';
import { dsailConfiguration } from '../../shared/nets/configuration.ts';
import { dsail } from '../../shared/nets/dsail.ts';
import { Parameters } from '../../shared/nets/parameters.ts';

const configuration = dsailConfiguration.parse({
  name: 'dsail',
  blocks: 4,
  width: 1,
  kernel: 7,
  chunk: 256,
  chunkStride: 256,
});

/** A small net of seeded weights, the same on every machine. */
export function knownNet(): ForwardDefinition {
  const net = dsail(configuration, 5);
  return {
    forward: ({ x }, pass) => ({ logits: net.forward(pass, x as tf.Tensor3D) }),
    parameters: new Parameters(1),
    inputs: { x: net.input },
  };
}

/** Its input: sines of another period in each lead. [1, 256, 12] */
export function knownInput(): Float32Array {
  const { chunk, leads } = configuration;
  return Float32Array.from({ length: chunk * leads }, (_, index) =>
    Math.sin(Math.floor(index / leads) / (5 + (index % leads))),
  );
}
