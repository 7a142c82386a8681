import * as tf from '@tensorflow/tfjs-core';
import type { Loss } from './loss.ts';

/**
 * Binary cross entropy with logits, the mean over the classes of each record:
 * present * -log(sigmoid(z)) + absent * -log(1 - sigmoid(z)), written so that no logit overflows.
 */
export const binaryCrossEntropy: Loss = (logits, present, absent) =>
  tf.tidy(() => {
    const either = tf.add(present, absent);
    const tail = tf.log(tf.add(tf.exp(tf.neg(tf.abs(logits))), 1));
    const softplus = tf.add(tf.relu(logits), tail); // -log(1 - sigmoid(z))
    return tf.mean(tf.sub(tf.mul(either, softplus), tf.mul(present, logits)), 1); // [record]
  });
