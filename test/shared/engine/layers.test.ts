import * as tf from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import type { Pass } from '../../../shared/engine/pass.ts';
import { normal, uniform } from '../../../shared/nets/initializers.ts';
import * as layers from '../../../shared/nets/layers.ts';
import { expectSameStep } from './compared-engines.ts';
import { type LayerCase, layerCases } from './layer-cases.ts';

/** Large enough for the paths of the recorder that long signals take. */
const longCases: Readonly<Record<string, LayerCase>> = {
  'conv1d, long and wide kernel, as in blocks of channels': {
    shape: [2, 2050, 16],
    build: (p, x: tf.Tensor3D) => layers.conv1d(p, x, 'c', { filters: 16, kernel: 9, padding: 'same' }),
  },
  'conv1d, long and wide kernel, stride 2': {
    shape: [2, 4100, 16],
    build: (p, x: tf.Tensor3D) => layers.conv1d(p, x, 'c', { filters: 16, kernel: 11, stride: 2 }),
  },
};

/** A loss in which every output has a weight of its own: a wrong order shows. */
function weighted(pass: Pass, y: tf.Tensor): { loss: tf.Scalar; y: tf.Tensor } {
  const weights = pass.parameters.get('loss weights', y.shape, uniform(1), { trainable: false });
  return { loss: tf.sum(tf.mul(y, weights)) as tf.Scalar, y };
}

describe('a recorded training step equals the eager one: loss, output, every gradient, running averages', () => {
  it.each(Object.entries({ ...layerCases, ...longCases }))('%s', async (_, { shape, build }) => {
    await expectSameStep({
      // The input is a parameter, so that its gradient is compared too.
      loss: (_inputs, pass) =>
        weighted(pass, build(pass, tf.mul(pass.parameters.get('x', shape, normal(1)), 1))),
    });
  });
});
