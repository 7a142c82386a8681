import * as tf from '@tensorflow/tfjs-core';
import type { NormalizedBatch } from '../../operations/batch-norm.ts';
import type { ValueName } from '../graph-builder.ts';
import { recordKernel, runOwnKernel } from '../recording-backend.ts';
import { combine } from './elementwise.ts';

const forward = 'SystoleBatchNorm';
const channelSums = 'SystoleChannelSums';
const channelMix = 'SystoleChannelMix';

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
    const count = x.size / x.shape.at(-1)!;
    const deviation = tf.sqrt(tf.add(variance, epsilon));
    const [sum, product] = runOwnKernel<tf.Tensor[]>(channelSums, { dy: dy!, x }, {}) as [
      tf.Tensor,
      tf.Tensor,
    ];
    const scaleGradient = tf.div(tf.sub(product, tf.mul(mean, sum)), deviation);
    return {
      x: () => {
        const a = tf.div(scale, deviation);
        const b = tf.div(tf.mul(tf.mul(a, scaleGradient), -1 / count), deviation);
        const c = tf.sub(tf.mul(tf.mul(a, sum), -1 / count), tf.mul(b, mean));
        return runOwnKernel(channelMix, { dy: dy!, x, a, b, c }, {});
      },
      scale: () => scaleGradient,
      offset: () => sum,
    };
  },
});

/** The sums of dy and of dy x over all axes but the channel's. */
recordKernel(channelSums, ({ dy, x }, { recorder }) => {
  const { graph } = recorder;
  const channels = x!.shape.at(-1)!;
  const whole = recorder.channelsSecond(x!);
  const gradient = recorder.inLayout(dy!, whole.layout);
  const axes = graph.integers(whole.layout.map((_, axis) => axis).filter((axis) => axis !== 1));
  const total = (name: ValueName) => graph.emit('ReduceSum', [name, axes], { keepdims: { int: 0 } });
  return [gradient, graph.emit('Mul', [gradient, whole.name])].map((name) =>
    recorder.of(total(name), 'float32', [channels]),
  );
});

/** a dy + b x + c with one a, b and c a channel. Scoring's batch norm does a dy + c in one pass over memory. */
recordKernel(channelMix, ({ dy, x, a, b, c }, { recorder }) => {
  const { graph } = recorder;
  const channels = x!.shape.at(-1)!;
  const whole = recorder.channelsSecond(x!);
  const gradient = recorder.inLayout(dy!, whole.layout);
  const [zeros, ones] = [0, 1].map((value) => recorder.uniform('float32', [channels], value));
  const vectors = [a!, c!, zeros!, ones!].map((vector) => recorder.inLayout(vector, [0]));
  const scaled = graph.emit('BatchNormalization', [gradient, ...vectors], { epsilon: { float: 0 } });
  const rest = combine(recorder, 'Mul', whole, b!);
  return { ...whole, name: graph.emit('Add', [scaled, rest.name]) };
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
