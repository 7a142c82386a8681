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

/**
 * Adam (Kingma and Ba 2015) with an L2 penalty, as PyTorch's `Adam(weight_decay=...)`. The slots are the paper's
 * moments divided by 1 - beta, and what corrects them is folded into two numbers a step: fewer passes over the
 * weights.
 */
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
    scalars: (step, learningRate) => {
      const spread = Math.sqrt((1 - beta2) / (1 - beta2 ** step));
      const mean = (1 - beta1) / (1 - beta1 ** step);
      return { stepSize: (learningRate * mean) / spread, epsilon: epsilon / spread };
    },
    update({ name, value, gradient }, slots, scalars) {
      const g =
        weightDecay > 0 && decays(name) ? tf.add(gradient, tf.mul(value, tf.scalar(weightDecay))) : gradient;
      const m = tf.add(tf.mul(slots.m!, tf.scalar(beta1)), g);
      const v = tf.add(tf.mul(slots.v!, tf.scalar(beta2)), tf.square(g));
      const root = tf.add(tf.sqrt(v), scalars.epsilon!);
      return { value: tf.sub(value, tf.mul(tf.div(m, root), scalars.stepSize!)), slots: { m, v } };
    },
  };
}
