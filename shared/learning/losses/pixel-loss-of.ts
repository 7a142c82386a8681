import * as tf from '@tensorflow/tfjs-core';
import type { SegmentationExperiment } from '../pictures/picture-experiment.ts';

/** Logits [frame, row, column, label] and true labels [frame, row, column] (int32) to one number. */
export type PixelLoss = (logits: tf.Tensor4D, labels: tf.Tensor3D) => tf.Scalar;

/** The loss of a segmentation that an experiment names. */
export function pixelLossOf(loss: SegmentationExperiment['loss']): PixelLoss {
  return (logits, labels) =>
    tf.tidy(() => {
      const truth = tf.oneHot(labels, logits.shape[3]) as tf.Tensor4D;
      switch (loss.kind) {
        case 'softmax-cross-entropy':
          return crossEntropy(logits, truth, loss.classWeights);
        case 'dice':
          return diceLoss(logits, truth);
        case 'softmax-cross-entropy-and-dice':
          return tf.add(
            crossEntropy(logits, truth, loss.classWeights),
            tf.mul(diceLoss(logits, truth), loss.dice),
          ) as tf.Scalar;
      }
    });
}

/** Mean over the pixels; with weights the weighted mean, as PyTorch's CrossEntropyLoss takes it. */
function crossEntropy(
  logits: tf.Tensor4D,
  truth: tf.Tensor4D,
  classWeights: readonly number[] | undefined,
): tf.Scalar {
  const weights = classWeights === undefined ? truth : tf.mul(truth, tf.tensor1d([...classWeights]));
  const total = tf.sum(tf.mul(weights, tf.logSoftmax(logits)));
  return tf.neg(tf.div(total, tf.sum(weights)));
}

/** Keeps a class that is neither there nor seen at a loss of 0. */
const smoothing = 1;

/**
 * One minus the soft Dice coefficient over all pixels of the batch, the mean over all labels but the background
 * (Milletari et al. 2016, V-Net, without squares).
 */
function diceLoss(logits: tf.Tensor4D, truth: tf.Tensor4D): tf.Scalar {
  const labels = logits.shape[3];
  const probabilities = tf.softmax(logits);
  const perLabel = (x: tf.Tensor) => tf.slice(tf.sum(x, [0, 1, 2]), [1], [labels - 1]);
  const both = tf.add(tf.mul(perLabel(tf.mul(probabilities, truth)), 2), smoothing);
  const either = tf.add(tf.add(perLabel(probabilities), perLabel(truth)), smoothing);
  return tf.sub(1, tf.mean(tf.div(both, either)));
}
