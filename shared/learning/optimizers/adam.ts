import * as tf from '@tensorflow/tfjs-core';
import type { Optimizer } from '../../engine/optimizer.ts';

export interface AdamOptions {
  /** L2 penalty added to the gradient of the parameters that `decays` names. */
  readonly weightDecay: number;
  readonly decays: (parameter: string) => boolean;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** Adam (Kingma and Ba 2015) with an L2 penalty, as PyTorch's `Adam(weight_decay=...)`. */
export function adam({
  weightDecay,
  decays,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
}: AdamOptions): Optimizer {
  return {
    name: 'adam',
    slots: ['m', 'v'],
    scalars: (step, learningRate) => ({
      stepSize: learningRate / (1 - beta1 ** step),
      secondCorrection: 1 / Math.sqrt(1 - beta2 ** step),
    }),
    update({ name, value, gradient }, slots, { stepSize, secondCorrection }) {
      const g =
        weightDecay > 0 && decays(name) ? tf.add(gradient, tf.mul(value, tf.scalar(weightDecay))) : gradient;
      const m = tf.add(tf.mul(slots.m!, tf.scalar(beta1)), tf.mul(g, tf.scalar(1 - beta1)));
      const v = tf.add(tf.mul(slots.v!, tf.scalar(beta2)), tf.mul(tf.square(g), tf.scalar(1 - beta2)));
      const root = tf.add(tf.mul(tf.sqrt(v), secondCorrection!), tf.scalar(epsilon));
      return { value: tf.sub(value, tf.mul(tf.div(m, root), stepSize!)), slots: { m, v } };
    },
  };
}
