import * as tf from '@tensorflow/tfjs-core';
import type { Optimizer } from '../../engine/optimizer.ts';
import { type AdamOptions, adam } from './adam.ts';

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch's `AdamW`. */
export function adamW({ weightDecay, decays, ...betas }: AdamOptions): Optimizer {
  const plain = adam({ ...betas, weightDecay: 0, decays });
  return {
    name: 'adamw',
    slots: plain.slots,
    scalars: (step, learningRate) => ({
      ...plain.scalars(step, learningRate),
      shrink: 1 - learningRate * weightDecay,
    }),
    update(parameter, slots, scalars) {
      const { name, value, gradient } = parameter;
      const decayed = weightDecay > 0 && decays(name) ? tf.mul(value, scalars.shrink!) : value;
      return plain.update({ name, value: decayed, gradient }, slots, scalars);
    },
  };
}
