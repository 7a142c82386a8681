import * as tf from '@tensorflow/tfjs-core';
import type { Optimizer } from '../../engine/optimizer.ts';

export interface SgdOptions {
  readonly momentum: number;
  /** Nesterov's look ahead (Sutskever et al. 2013). */
  readonly nesterov: boolean;
  /** L2 penalty added to the gradient of the parameters that `decays` names. */
  readonly weightDecay: number;
  readonly decays: (parameter: string) => boolean;
}

/** Stochastic gradient descent with momentum, as PyTorch's `SGD` with dampening 0. */
export function sgd({ momentum, nesterov, weightDecay, decays }: SgdOptions): Optimizer {
  return {
    name: 'sgd',
    slots: ['momentum'],
    scalars: (_step, learningRate) => ({ learningRate }),
    update({ name, value, gradient }, slots, { learningRate }) {
      const g =
        weightDecay > 0 && decays(name) ? tf.add(gradient, tf.mul(value, tf.scalar(weightDecay))) : gradient;
      const velocity = tf.add(tf.mul(slots.momentum!, tf.scalar(momentum)), g);
      const direction = nesterov ? tf.add(g, tf.mul(velocity, tf.scalar(momentum))) : velocity;
      return { value: tf.sub(value, tf.mul(direction, learningRate!)), slots: { momentum: velocity } };
    },
  };
}
