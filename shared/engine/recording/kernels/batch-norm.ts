import * as tf from '@tensorflow/tfjs-core';
import type { NormalizedBatch } from '../../operations/batch-norm.ts';
import { recordKernel, runOwnKernel } from '../recording-backend.ts';

const forward = 'SystoleBatchNorm';

/** Batch normalization by the batch's own statistics, recorded. */
export function recordedBatchNorm<T extends tf.Tensor>(
  x: T,
  scale: tf.Tensor,
  offset: tf.Tensor,
  epsilon: number,
): NormalizedBatch<T> {
  const [normalized, mean, variance] = runOwnKernel<tf.Tensor[]>(forward, { x, scale, offset }, { epsilon });
  return {
    normalized: normalized as T,
    mean: mean as tf.Tensor1D,
    variance: variance as tf.Tensor1D,
  };
}

let averageCount = 0;

/**
 * ONNX's own operator in training mode. With momentum 0 its new running averages are the batch's mean and biased
 * variance.
 */
recordKernel(forward, ({ x, scale, offset }, { recorder, attributes }) => {
  const channels = x!.shape.at(-1)!;
  const whole = recorder.channelsSecond(x!);
  const vectors = [scale!, offset!].map((vector) => recorder.inLayout(vector, [0]));
  // ONNX Runtime writes the new running averages over the old ones, and shares what is equal: each node gets old
  // ones of its own. With momentum 0 their values do not matter.
  const averages = [0, 1].map(() =>
    recorder.graph.emit('Mul', [vectors[0]!, recorder.graph.scalar(++averageCount)]),
  );
  const [normalized, mean, variance] = recorder.graph.emitMany(
    'BatchNormalization',
    [whole.name, ...vectors, ...averages],
    { epsilon: { float: attributes.epsilon as number }, momentum: { float: 0 }, training_mode: { int: 1 } },
    3,
  );
  return [
    { ...whole, name: normalized! },
    recorder.of(mean!, 'float32', [channels]),
    recorder.of(variance!, 'float32', [channels]),
  ];
});

/**
 * With a = scale / deviation and N values a channel, dx = a dy + B x + C, where B and C are made of the sums of dy
 * and of dy x.
 */
tf.registerGradient({
  kernelName: forward,
  inputsToSave: ['x', 'scale'],
  outputsToSave: [false, true, true],
  gradFunc: (dys, saved, attributes) => {
    const [dy] = dys as tf.Tensor[];
    const [x, scale, mean, variance] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const { epsilon } = attributes as { epsilon: number };
    const axes = x.shape.slice(0, -1).map((_, axis) => axis);
    const count = x.size / x.shape.at(-1)!;
    const deviation = tf.sqrt(tf.add(variance, epsilon));
    const sum = tf.sum(dy!, axes);
    const product = tf.sum(tf.mul(dy!, x), axes);
    const scaleGradient = tf.div(tf.sub(product, tf.mul(mean, sum)), deviation);
    return {
      x: () => {
        const a = tf.div(scale, deviation);
        const b = tf.div(tf.mul(tf.mul(a, scaleGradient), -1 / count), deviation);
        const c = tf.sub(tf.mul(tf.mul(a, sum), -1 / count), tf.mul(b, mean));
        return tf.add(tf.add(tf.mul(dy!, a), tf.mul(x, b)), c);
      },
      scale: () => scaleGradient,
      offset: () => sum,
    };
  },
});

/** tf.batchNorm: normalization by given statistics, as in scoring. */
recordKernel('FusedBatchNorm', ({ x, mean, variance, offset, scale }, { recorder, attributes }) => {
  const epsilon = attributes.varianceEpsilon as number;
  const channels = x!.shape.at(-1)!;
  const factors = scale ?? recorder.uniform('float32', [channels], 1);
  const shifts = offset ?? recorder.uniform('float32', [channels], 0);
  const whole = recorder.channelsSecond(x!);
  const vectors = [factors, shifts, mean!, variance!].map((vector) => recorder.inLayout(vector, [0]));
  const name = recorder.graph.emit('BatchNormalization', [whole.name, ...vectors], {
    epsilon: { float: epsilon },
  });
  return { ...whole, name };
});
