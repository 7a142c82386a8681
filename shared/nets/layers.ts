/**
 * Layers: thin functions on tf.js core operations, from which every net is written. Signals are
 * [record, time, channel], images [record, height, width, channel], sequences of vectors [record, time, feature].
 * A layer's `name` is the prefix of its parameters in the published checkpoint; shapes are PyTorch's unless
 * `checkpoint: 'tensorflow'` is given.
 */
import * as tf from '@tensorflow/tfjs-core';
import { normalizeBatch } from '../engine/operations/batch-norm.ts';
import { convolve, convolveTransposed } from '../engine/operations/convolution.ts';
import { maxPool } from '../engine/operations/max-pool.ts';
import { type Cell, gateCount, recur } from '../engine/operations/recurrence.ts';
import type { Initializer, Pass } from '../engine/pass.ts';
import { fanInUniform, ones, uniform, zeros } from './initializers.ts';

/** Values added before and after one axis. */
export type Pads = readonly [before: number, after: number];

/** `same` as TensorFlow means it (output = ceil(input / stride), the odd value after), or explicit pads. */
export type Padding1d = 'same' | Pads;
export type Padding2d = 'same' | readonly [height: Pads, width: Pads];

interface ConvolutionOptions {
  readonly filters: number;
  readonly stride?: number;
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
  readonly initializer?: Initializer;
}

/**
 * 1-D convolution. Parameters `weight` [out, in / groups, kernel] and `bias` [out].
 * @param x [record, time, channel]; returns [record, time', filters].
 */
export function conv1d(
  pass: Pass,
  x: tf.Tensor3D,
  name: string,
  options: ConvolutionOptions & { readonly kernel: number; readonly padding?: Padding1d },
): tf.Tensor3D {
  const { filters, kernel, stride = 1, groups = 1, bias = true, padding = [0, 0] } = options;
  const channels = x.shape[2] / groups;
  const initializer = options.initializer ?? fanInUniform(channels * kernel);
  const weight = pass.parameters.get(`${name}.weight`, [filters, channels, kernel], initializer);
  const filter = tf.transpose(tf.reshape(weight, [filters, channels, 1, kernel]), [2, 3, 1, 0]);
  const pads = padding === 'same' ? samePads(x.shape[1], kernel, stride) : padding;
  const image = tf.reshape(x, [x.shape[0], 1, x.shape[1], x.shape[2]]) as tf.Tensor4D;
  const y = convolve(image, filter as tf.Tensor4D, { strides: [1, stride], pads: [[0, 0], pads], groups });
  const signal = tf.reshape(y, [y.shape[0], y.shape[2], filters]) as tf.Tensor3D;
  if (!bias) return signal;
  const offset = pass.parameters.get(`${name}.bias`, [filters], fanInUniform(channels * kernel));
  return tf.add(signal, offset);
}

/**
 * 2-D convolution. Parameters `weight` [out, in / groups, height, width] and `bias` [out]; of a TensorFlow
 * checkpoint `/W` [height, width, in, out] and `/b`.
 * @param x [record, height, width, channel]; returns [record, height', width', filters].
 */
export function conv2d(
  pass: Pass,
  x: tf.Tensor4D,
  name: string,
  options: ConvolutionOptions & {
    readonly kernel: readonly [height: number, width: number];
    readonly padding?: Padding2d;
    readonly checkpoint?: 'pytorch' | 'tensorflow';
  },
): tf.Tensor4D {
  const { filters, kernel, stride = 1, groups = 1, bias = true, checkpoint = 'pytorch' } = options;
  const [kernelHeight, kernelWidth] = kernel;
  const channels = x.shape[3] / groups;
  const fanIn = channels * kernelHeight * kernelWidth;
  const initializer = options.initializer ?? fanInUniform(fanIn);
  const filter =
    checkpoint === 'tensorflow'
      ? pass.parameters.get(`${name}/W`, [kernelHeight, kernelWidth, channels, filters], initializer)
      : tf.transpose(
          pass.parameters.get(`${name}.weight`, [filters, channels, kernelHeight, kernelWidth], initializer),
          [2, 3, 1, 0],
        );
  const {
    padding = [
      [0, 0],
      [0, 0],
    ] as const,
  } = options;
  const pads =
    padding === 'same'
      ? ([samePads(x.shape[1], kernelHeight, stride), samePads(x.shape[2], kernelWidth, stride)] as const)
      : padding;
  const y = convolve(x, filter as tf.Tensor4D, { strides: [stride, stride], pads, groups });
  if (!bias) return y;
  const biasName = checkpoint === 'tensorflow' ? `${name}/b` : `${name}.bias`;
  return tf.add(y, pass.parameters.get(biasName, [filters], fanInUniform(fanIn)));
}

/**
 * Transposed 2-D convolution without padding: size' = (size - 1) stride + kernel. Parameters `weight`
 * [in, out, height, width] and `bias` [out]; of a TensorFlow checkpoint `/kernel` [height, width, out, in] and
 * `/bias`.
 */
export function convTranspose2d(
  pass: Pass,
  x: tf.Tensor4D,
  name: string,
  options: {
    readonly filters: number;
    readonly kernel: readonly [height: number, width: number];
    readonly stride: number;
    readonly bias?: boolean;
    readonly checkpoint?: 'pytorch' | 'tensorflow';
    readonly initializer?: Initializer;
  },
): tf.Tensor4D {
  const { filters, kernel, stride, bias = true, checkpoint = 'pytorch' } = options;
  const [kernelHeight, kernelWidth] = kernel;
  const channels = x.shape[3];
  const fanIn = filters * kernelHeight * kernelWidth; // as PyTorch counts it for a transposed convolution
  const initializer = options.initializer ?? fanInUniform(fanIn);
  const filter =
    checkpoint === 'tensorflow'
      ? pass.parameters.get(`${name}/kernel`, [kernelHeight, kernelWidth, filters, channels], initializer)
      : tf.transpose(
          pass.parameters.get(`${name}.weight`, [channels, filters, kernelHeight, kernelWidth], initializer),
          [2, 3, 1, 0],
        );
  const y = convolveTransposed(x, filter as tf.Tensor4D, [stride, stride]);
  if (!bias) return y;
  const biasName = checkpoint === 'tensorflow' ? `${name}/bias` : `${name}.bias`;
  return tf.add(y, pass.parameters.get(biasName, [filters], fanInUniform(fanIn)));
}

/**
 * Batch normalization over all axes but the last (Ioffe and Szegedy 2015), with PyTorch's conventions: the
 * batch's biased variance normalizes, the unbiased one enters the running average. Parameters `weight`, `bias`,
 * `running_mean`, `running_var`, all [channel].
 */
export function batchNorm<T extends tf.Tensor>(
  pass: Pass,
  x: T,
  name: string,
  { epsilon = 1e-5, momentum = 0.1 }: { readonly epsilon?: number; readonly momentum?: number } = {},
): T {
  const channels = x.shape.at(-1)!;
  const scale = pass.parameters.get(`${name}.weight`, [channels], ones);
  const offset = pass.parameters.get(`${name}.bias`, [channels], zeros);
  const mean = pass.parameters.get(`${name}.running_mean`, [channels], zeros, { trainable: false });
  const variance = pass.parameters.get(`${name}.running_var`, [channels], ones, { trainable: false });
  if (!pass.training) {
    const statistics = [mean, variance, offset, scale] as [
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
    ];
    return tf.batchNorm(x as tf.Tensor as tf.Tensor4D, ...statistics, epsilon) as tf.Tensor as T;
  }
  const count = x.size / channels;
  const batch = normalizeBatch(x, scale, offset, epsilon);
  const unbiased = tf.mul(batch.variance, count / Math.max(1, count - 1));
  mean.assign(tf.add(tf.mul(mean, 1 - momentum), tf.mul(batch.mean, momentum)));
  variance.assign(tf.add(tf.mul(variance, 1 - momentum), tf.mul(unbiased, momentum)));
  return batch.normalized;
}

/** Largest value of each window. Padding never wins. @param x [record, time, channel] */
export function maxPool1d(
  x: tf.Tensor3D,
  { size, stride = size, padding = [0, 0] }: { size: number; stride?: number; padding?: Padding1d },
): tf.Tensor3D {
  const pads = padding === 'same' ? samePads(x.shape[1], size, stride) : padding;
  const image = tf.reshape(x, [x.shape[0], 1, x.shape[1], x.shape[2]]) as tf.Tensor4D;
  const y = maxPool(image, { size: [1, size], strides: [1, stride], pads: [[0, 0], pads] });
  return tf.reshape(y, [y.shape[0], y.shape[2], y.shape[3]]);
}

/** Largest value of each window. Padding never wins. @param x [record, height, width, channel] */
export function maxPool2d(
  x: tf.Tensor4D,
  { size, stride = size, padding }: { size: number; stride?: number; padding?: Padding2d },
): tf.Tensor4D {
  const pads =
    padding === 'same'
      ? ([samePads(x.shape[1], size, stride), samePads(x.shape[2], size, stride)] as const)
      : (padding ??
        ([
          [0, 0],
          [0, 0],
        ] as const));
  return maxPool(x, { size: [size, size], strides: [stride, stride], pads });
}

/** Mean of each window, without padding; a rest shorter than a window is left out. */
export function avgPool1d(
  x: tf.Tensor3D,
  { size, stride = size }: { size: number; stride?: number },
): tf.Tensor3D {
  const image = tf.reshape(x, [x.shape[0], 1, x.shape[1], x.shape[2]]) as tf.Tensor4D;
  const y = tf.avgPool(image, [1, size], [1, stride], 'valid');
  return tf.reshape(y, [y.shape[0], y.shape[2], y.shape[3]]);
}

/** Mean of each window, without padding; a rest shorter than a window is left out. */
export function avgPool2d(
  x: tf.Tensor4D,
  { size, stride = size }: { size: number; stride?: number },
): tf.Tensor4D {
  return tf.avgPool(x, [size, size], [stride, stride], 'valid');
}

/** Largest value over every axis between the first and the last: [record, ..., channel] -> [record, channel]. */
export function globalMax(x: tf.Tensor): tf.Tensor2D {
  return tf.max(x, innerAxes(x));
}

/** Mean over every axis between the first and the last: [record, ..., channel] -> [record, channel]. */
export function globalAverage(x: tf.Tensor): tf.Tensor2D {
  return tf.mean(x, innerAxes(x));
}

/**
 * Linear layer on the last axis. Parameters `weight` [out, in] and `bias` [out]; of a TensorFlow checkpoint `/W`
 * [in, out] and `/b`.
 */
export function dense<T extends tf.Tensor>(
  pass: Pass,
  x: T,
  name: string,
  options: {
    readonly units: number;
    readonly bias?: boolean;
    readonly checkpoint?: 'pytorch' | 'tensorflow';
    readonly initializer?: Initializer;
  },
): T {
  const { units, bias = true, checkpoint = 'pytorch' } = options;
  const features = x.shape.at(-1)!;
  const initializer = options.initializer ?? fanInUniform(features);
  const tensorflow = checkpoint === 'tensorflow';
  const weight = tensorflow
    ? pass.parameters.get(`${name}/W`, [features, units], initializer)
    : pass.parameters.get(`${name}.weight`, [units, features], initializer);
  const offset = bias
    ? pass.parameters.get(tensorflow ? `${name}/b` : `${name}.bias`, [units], fanInUniform(features))
    : undefined;
  return linear(x, weight, offset, !tensorflow);
}

/** Srivastava et al. 2014, scaled in training so that scoring does nothing. */
export function dropout<T extends tf.Tensor>(pass: Pass, x: T, rate: number): T {
  if (!pass.training || rate === 0) return x;
  if (x.rank < 3) return tf.mul(x, pass.mask(x.shape, rate));
  // The mask is drawn with the channel second, as convolutional activations lie in memory when recorded.
  const last = x.rank - 1;
  const mask = pass.mask([x.shape[0]!, x.shape[last]!, ...x.shape.slice(1, last)], rate);
  return tf.mul(x, tf.transpose(mask, [0, ...range(2, x.rank), 1]));
}

/** Layer normalization over the last axis. Parameters `weight` and `bias`, both [feature]. */
export function layerNorm<T extends tf.Tensor>(
  pass: Pass,
  x: T,
  name: string,
  { epsilon = 1e-5 }: { readonly epsilon?: number } = {},
): T {
  const features = x.shape.at(-1)!;
  const scale = pass.parameters.get(`${name}.weight`, [features], ones);
  const offset = pass.parameters.get(`${name}.bias`, [features], zeros);
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  const normalized = tf.div(centred, tf.sqrt(tf.add(variance, epsilon)));
  return tf.add(tf.mul(normalized, scale), offset);
}

/**
 * Scaled dot-product attention in several heads (Vaswani et al. 2017). Parameters as in
 * torch.nn.MultiheadAttention: `in_proj_weight` [3 feature, feature], `in_proj_bias`, `out_proj.weight`,
 * `out_proj.bias`.
 * @param query [record, time, feature]; key and value [record, time', feature].
 */
export function multiHeadAttention(
  pass: Pass,
  query: tf.Tensor3D,
  key: tf.Tensor3D,
  value: tf.Tensor3D,
  name: string,
  {
    heads,
    dropoutRate = 0,
    bias = true,
  }: { readonly heads: number; readonly dropoutRate?: number; readonly bias?: boolean },
): tf.Tensor3D {
  const features = query.shape[2];
  const depth = features / heads;
  const weight = pass.parameters.get(
    `${name}.in_proj_weight`,
    [3 * features, features],
    uniform(Math.sqrt(6 / (4 * features))), // PyTorch: Glorot over the three stacked
  );
  const offsets = bias ? pass.parameters.get(`${name}.in_proj_bias`, [3 * features], zeros) : undefined;
  const project = (x: tf.Tensor3D, part: number): tf.Tensor4D => {
    const rows = tf.slice(weight, [part * features, 0], [features, features]);
    const offset = offsets && tf.slice(offsets, [part * features], [features]);
    const y = linear(x, rows, offset, true);
    return tf.transpose(tf.reshape(y, [x.shape[0], x.shape[1], heads, depth]), [0, 2, 1, 3]);
  };
  const scores = tf.matMul(tf.mul(project(query, 0), 1 / Math.sqrt(depth)), project(key, 1), false, true);
  const attention = dropout(pass, tf.softmax(scores), dropoutRate); // [record, head, time, time']
  const context = tf.transpose(tf.matMul(attention, project(value, 2)), [0, 2, 1, 3]);
  const joined = tf.reshape(context, query.shape) as tf.Tensor3D;
  return dense(pass, joined, `${name}.out_proj`, { units: features, bias });
}

/** The exact form, x times the normal distribution function. */
export function gelu<T extends tf.Tensor>(x: T): T {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

export function relu<T extends tf.Tensor>(x: T): T {
  return tf.relu(x);
}

export function sigmoid<T extends tf.Tensor>(x: T): T {
  return tf.sigmoid(x);
}

/** Over the last axis. */
export function softmax<T extends tf.Tensor>(x: T): T {
  return tf.softmax(x);
}

interface RecurrentOptions {
  readonly units: number;
  readonly layers?: number;
  readonly bidirectional?: boolean;
  /** Dropout between layers, as in PyTorch. */
  readonly dropoutRate?: number;
}

/**
 * Long short-term memory, parameters as in torch.nn.LSTM: `weight_ih_lN` [4 units, in], `weight_hh_lN`
 * [4 units, units], `bias_ih_lN`, `bias_hh_lN` [4 units], gates in order i, f, g, o, and the same with `_reverse`
 * for the backward direction. Starts from zero.
 * @param x [record, time, feature]
 * @returns `sequence` [record, time, directions x units] of the last layer and `last`, the final hidden states
 *   [record, units], layer by layer, forward before backward.
 */
export function lstm(
  pass: Pass,
  x: tf.Tensor3D,
  name: string,
  options: RecurrentOptions,
): { sequence: tf.Tensor3D; last: tf.Tensor2D[] } {
  return recurrent(pass, x, name, 'lstm', options);
}

/** Gated recurrent unit as in torch.nn.GRU, gates in order r, z, n, the reset applied after the matrix product. */
export function gru(
  pass: Pass,
  x: tf.Tensor3D,
  name: string,
  options: RecurrentOptions,
): { sequence: tf.Tensor3D; last: tf.Tensor2D[] } {
  return recurrent(pass, x, name, 'gru', options);
}

/** Plain recurrent net with tanh, as in torch.nn.RNN. */
export function rnn(
  pass: Pass,
  x: tf.Tensor3D,
  name: string,
  options: RecurrentOptions,
): { sequence: tf.Tensor3D; last: tf.Tensor2D[] } {
  return recurrent(pass, x, name, 'rnn', options);
}

/** [record, ...] -> [record, feature], row-major. */
export function flatten(x: tf.Tensor): tf.Tensor2D {
  const records = x.shape[0]!;
  return tf.reshape(x, [records, x.size / records]);
}

/** Joins along the last axis. */
export function concatChannels<T extends tf.Tensor>(tensors: readonly T[]): T {
  return tf.concat([...tensors], -1);
}

/** Zeros after the last channel, up to `channels`. */
export function padChannels<T extends tf.Tensor>(x: T, channels: number): T {
  const none: [number, number] = [0, 0];
  return tf.pad(x, [...Array.from({ length: x.rank - 1 }, () => none), [0, channels - x.shape.at(-1)!]]);
}

/** Constant values before and after the time axis. @param x [record, time, channel] */
export function padTime(x: tf.Tensor3D, pads: Pads, value = 0): tf.Tensor3D {
  return tf.pad(x, [[0, 0], [...pads], [0, 0]], value);
}

/** Repeats every pixel `factor` times in both directions. @param x [record, height, width, channel] */
export function upsample2d(x: tf.Tensor4D, factor: number): tf.Tensor4D {
  const [records, height, width, channels] = x.shape;
  const cells = tf.reshape(x, [records * height, 1, width, channels]);
  const rows = tf.concat(Array<tf.Tensor>(factor).fill(cells), 1); // [record * height, factor, width, channel]
  const columns = tf.reshape(rows, [records * height * factor * width, 1, channels]);
  const pixels = tf.concat(Array<tf.Tensor>(factor).fill(columns), 1);
  return tf.reshape(pixels, [records, height * factor, width * factor, channels]);
}

function recurrent(
  pass: Pass,
  x: tf.Tensor3D,
  name: string,
  cell: Cell,
  { units, layers = 1, bidirectional = false, dropoutRate = 0 }: RecurrentOptions,
): { sequence: tf.Tensor3D; last: tf.Tensor2D[] } {
  const initializer = uniform(1 / Math.sqrt(units));
  const rows = gateCount[cell] * units;
  const last: tf.Tensor2D[] = [];
  let sequence = x;
  for (let layer = 0; layer < layers; layer++) {
    if (layer > 0) sequence = dropout(pass, sequence, dropoutRate);
    const directions = bidirectional ? ['', '_reverse'] : [''];
    const outputs = directions.map((suffix) => {
      const parameter = (kind: string, shape: number[]) =>
        pass.parameters.get(`${name}.${kind}_l${layer}${suffix}`, shape, initializer);
      const weights = {
        input: parameter('weight_ih', [rows, sequence.shape[2]]) as tf.Tensor2D,
        hidden: parameter('weight_hh', [rows, units]) as tf.Tensor2D,
        inputBias: parameter('bias_ih', [rows]) as tf.Tensor1D,
        hiddenBias: parameter('bias_hh', [rows]) as tf.Tensor1D,
      };
      return recur(sequence, weights, cell, { reverse: suffix === '_reverse', training: pass.training });
    });
    last.push(...outputs.map((output) => output.last));
    sequence = outputs.length === 1 ? outputs[0]!.sequence : concatChannels(outputs.map((o) => o.sequence));
  }
  return { sequence, last };
}

/** x weight' + bias on the last axis; `transposed` when the weight is [out, in]. */
function linear<T extends tf.Tensor>(
  x: T,
  weight: tf.Tensor,
  bias: tf.Tensor | undefined,
  transposed: boolean,
): T {
  const features = x.shape.at(-1)!;
  const rows = tf.reshape(x, [x.size / features, features]);
  const product = tf.matMul(rows, weight, false, transposed);
  const sum = bias === undefined ? product : tf.add(product, bias);
  return tf.reshape(sum, [...x.shape.slice(0, -1), sum.shape[1]!]) as tf.Tensor as T;
}

/** TensorFlow's 'same' for one axis: output = ceil(size / stride), the odd value goes after. */
function samePads(size: number, kernel: number, stride: number): Pads {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

function innerAxes(x: tf.Tensor): number[] {
  return range(1, x.rank - 1);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
