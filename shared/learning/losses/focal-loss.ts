import * as tf from '@tensorflow/tfjs-core';
import type { Loss } from './loss.ts';

/**
 * Focal loss over the softmax of the logits (Lin et al. 2017): alpha (1 - p)^gamma * -log(p) of the class that is
 * present. alpha, the weight of each class, comes in with `present`.
 */
export function focalLoss({ gamma }: { gamma: number }): Loss {
  return (logits, present) =>
    tf.tidy(() => {
      const logProbability = tf.logSoftmax(logits);
      const entropy = tf.mul(present, tf.neg(logProbability));
      if (gamma === 0) return tf.sum(entropy, 1);
      const focus = tf.pow(tf.sub(1, tf.exp(logProbability)), tf.scalar(gamma));
      return tf.sum(tf.mul(focus, entropy), 1);
    });
}
