import * as tf from '@tensorflow/tfjs-core';
import type { Loss } from './loss.ts';

/** Cross entropy over the softmax of the logits: one class a record, or several with weights that mixup gives. */
export const softmaxCrossEntropy: Loss = (logits, present) =>
  tf.tidy(() => tf.neg(tf.sum(tf.mul(present, tf.logSoftmax(logits)), 1)));
