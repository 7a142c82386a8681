import * as tf from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import type { Pass } from '../../../shared/engine/pass.ts';
import { normal, uniform } from '../../../shared/nets/initializers.ts';
import { expectSameStep } from './compared-engines.ts';
import { layerCases } from './layer-cases.ts';

/** A loss in which every output has a weight of its own: a wrong order shows. */
function weighted(pass: Pass, y: tf.Tensor): { loss: tf.Scalar; y: tf.Tensor } {
  const weights = pass.parameters.get('loss weights', y.shape, uniform(1), { trainable: false });
  return { loss: tf.sum(tf.mul(y, weights)) as tf.Scalar, y };
}

describe('a recorded training step equals the eager one: loss, output, every gradient, running averages', () => {
  it.each(Object.entries(layerCases))('%s', async (_, { shape, build }) => {
    await expectSameStep({
      // The input is a parameter, so that its gradient is compared too.
      loss: (_inputs, pass) =>
        weighted(pass, build(pass, tf.mul(pass.parameters.get('x', shape, normal(1)), 1))),
    });
  });
});
