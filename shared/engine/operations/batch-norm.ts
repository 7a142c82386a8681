import * as tf from '@tensorflow/tfjs-core';
import { recordedBatchNorm } from '../recording/kernels/batch-norm.ts';
import { isRecording } from '../recording/recording-backend.ts';

export interface NormalizedBatch<T extends tf.Tensor> {
  readonly normalized: T;
  /** Mean and biased variance of the batch, [channel]; no gradient flows through them from outside. */
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/** Batch normalization by the batch's own mean and biased variance over all axes but the last. */
export function normalizeBatch<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor,
  offset: tf.Tensor,
  epsilon: number,
): NormalizedBatch<T> {
  if (isRecording()) return recordedBatchNorm(x, scale, offset, epsilon);
  const axes = Array.from({ length: x.rank - 1 }, (_, axis) => axis);
  const mean = tf.mean(x, axes);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), axes);
  const normalized: T = tf.add(tf.mul(centred, tf.div(scale, tf.sqrt(tf.add(variance, epsilon)))), offset);
  return { normalized, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}
