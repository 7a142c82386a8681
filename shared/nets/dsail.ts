/**
 * The residual net of DSAIL_SNU, 6th in the PhysioNet/CinC Challenge 2020: pre-activation residual blocks in one
 * dimension (He et al. 2016), in nine kinds: plain, grouped (ResNeXt, Xie et al. 2017), with squeeze and excitation
 * (Hu et al. 2018) or with split attention (ResNeSt, Zhang et al. 2020), of two or three (bottleneck) convolutions.
 * Parameters are named as in its checkpoints.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Pass } from '../engine/pass.ts';
import { chunkStarts } from './chunk-starts.ts';
import type { DsailConfiguration } from './configuration.ts';
import {
  avgPool1d,
  batchNorm,
  conv1d,
  dense,
  dropout,
  globalAverage,
  globalMax,
  maxPool1d,
  padChannels,
  padTime,
} from './layers.ts';
import type { Net } from './net.ts';

const groups = 4;
/** Channels of a bottleneck block's output, as a multiple of those inside. */
const expansion = 4;
/** Channels that squeeze and excitation and split attention squeeze to: one in so many. */
const reduction = 4;

export interface DsailNet extends Net {
  readonly configuration: DsailConfiguration;
  /** Channels of the features. */
  readonly features: number;
  /** [chunk, sample, lead] -> [chunk, feature], each the largest over time. */
  chunkFeatures(pass: Pass, chunks: tf.Tensor3D): tf.Tensor2D;
  /**
   * [recording, feature] -> logits [recording, class]. A recording's features are the largest of its chunks'; manifold
   * mixup goes between that and this.
   */
  head(pass: Pass, pooled: tf.Tensor2D): tf.Tensor2D;
  /**
   * Recordings of one length, whatever it is; they are cut into chunks here.
   * @param x [recording, sample, lead]
   * @returns logits [recording, class]
   */
  forward(pass: Pass, x: tf.Tensor): tf.Tensor2D;
}

/** @param classes number of logits. */
export function dsail(configuration: DsailConfiguration, classes: number): DsailNet {
  const { width, chunk, leads } = configuration;
  const bottleneck = configuration.block.endsWith('bottleneck');
  const features = 16 * width * 2 ** (groups - 1) * (bottleneck ? expansion : 1);

  const chunkFeatures = (pass: Pass, chunks: tf.Tensor3D): tf.Tensor2D => {
    const { kernel } = configuration;
    // [chunk, sample, lead] -> [chunk, sample, 16 width]
    let x = conv1d(pass, chunks, 'conv1.1', { filters: 16 * width, kernel, padding: 'same', bias: false });
    for (let group = 0; group < groups; group++) {
      for (let index = 0; index < configuration.blocks / groups; index++) {
        // [chunk, time, channel] -> [chunk, time / stride, 2 channel] where a group but the first begins
        x = block(pass, x, configuration, group, index);
      }
    }
    return globalMax(tf.relu(batchNorm(pass, x, 'bn1'))); // [chunk, feature]
  };
  const head = (pass: Pass, pooled: tf.Tensor2D): tf.Tensor2D =>
    dense(pass, pooled, 'linear', { units: classes });

  return {
    configuration,
    input: { shape: [1, chunk, leads], dtype: 'float32' },
    classes,
    features,
    chunkFeatures,
    head,
    forward(pass, x) {
      const [recordings, samples] = x.shape as [number, number, number];
      const starts = chunkStarts(samples, { length: chunk, stride: configuration.chunkStride });
      const missing = Math.max(0, chunk - samples);
      const whole = tf.pad(x as tf.Tensor3D, [
        [0, 0],
        [0, missing],
        [0, 0],
      ]);
      const cut = starts.map((start) => tf.slice(whole, [0, start, 0], [recordings, chunk, leads]));
      const chunks = cut.length === 1 ? cut[0]! : tf.concat(cut, 0); // [start x recording, sample, lead]
      const values = tf.reshape(chunkFeatures(pass, chunks), [starts.length, recordings, features]);
      return head(pass, tf.max(values, 0)); // [recording, feature] -> [recording, class]
    },
  };
}

/** One residual block: [chunk, time, channel] -> [chunk, time / stride, filters]. */
function block(
  pass: Pass,
  x: tf.Tensor3D,
  configuration: DsailConfiguration,
  group: number,
  index: number,
): tf.Tensor3D {
  const name = `layer${group + 1}.${index}`;
  const stride = group > 0 && index === 0 ? configuration.stride : 1;
  const inner = 16 * configuration.width * 2 ** group;
  const activated = tf.relu(batchNorm(pass, x, `${name}.bn1`));
  const branch = configuration.block.endsWith('bottleneck') ? bottleneckBranch : basicBranch;
  let y = branch(pass, activated, name, configuration, inner, stride);
  if (configuration.block.startsWith('se')) y = squeezeAndExcite(pass, y, name);
  // As published, the first block of all adds its activated input, every other one its input.
  const source = group === 0 && index === 0 ? activated : x;
  return tf.add(y, shortcut(pass, source, name, configuration, y.shape[2], stride));
}

function basicBranch(
  pass: Pass,
  activated: tf.Tensor3D,
  name: string,
  configuration: DsailConfiguration,
  inner: number,
  stride: number,
): tf.Tensor3D {
  const { kernel, cardinality } = configuration;
  const options = { filters: inner, kernel, padding: 'same', groups: cardinality, bias: false } as const;
  const y = conv1d(pass, activated, `${name}.conv1.1`, { ...options, stride });
  const middle = dropout(pass, tf.relu(batchNorm(pass, y, `${name}.bn2`)), configuration.dropout);
  return conv1d(pass, middle, `${name}.conv2.1`, options);
}

function bottleneckBranch(
  pass: Pass,
  activated: tf.Tensor3D,
  name: string,
  configuration: DsailConfiguration,
  inner: number,
  stride: number,
): tf.Tensor3D {
  const narrow = conv1d(pass, activated, `${name}.conv1`, { filters: inner, kernel: 1, bias: false });
  const middle = dropout(pass, tf.relu(batchNorm(pass, narrow, `${name}.bn2`)), configuration.dropout);
  const { kernel, cardinality = 1, radix = 1 } = configuration;
  const splits = conv1d(pass, middle, `${name}.conv2.1`, {
    filters: inner * radix,
    kernel,
    stride,
    padding: 'same',
    groups: cardinality * radix,
    bias: false,
  });
  const y = radix === 1 ? splits : splitAttention(pass, splits, name, cardinality, radix);
  const wide = dropout(pass, tf.relu(batchNorm(pass, y, `${name}.bn3`)), configuration.dropout);
  return conv1d(pass, wide, `${name}.conv3`, { filters: expansion * inner, kernel: 1, bias: false });
}

/**
 * Weighs `radix` splits of as many channels against each other, channel by channel.
 * @param x [chunk, time, radix x channel]; returns [chunk, time, channel].
 */
function splitAttention(
  pass: Pass,
  x: tf.Tensor3D,
  name: string,
  cardinality: number,
  radix: number,
): tf.Tensor3D {
  const [chunks, time, all] = x.shape;
  const channels = all / radix;
  const splits = Array.from({ length: radix }, (_, split) =>
    tf.slice(x, [0, 0, split * channels], [chunks, time, channels]),
  );
  const means = tf.expandDims<tf.Tensor3D>(globalAverage(tf.addN(splits)), 1); // [chunk, 1, channel]
  const options = { kernel: 1, groups: cardinality, bias: false } as const;
  const squeezed = conv1d(pass, means, `${name}.sa_conv1`, { ...options, filters: all / reduction });
  const scores = conv1d(pass, tf.relu(squeezed), `${name}.sa_conv2`, { ...options, filters: all });
  // The channels of the scores are [group, split, channel of the group]; those of a split are [group, channel].
  const grouped = tf.reshape(scores, [chunks, cardinality, radix, channels / cardinality]);
  const weights = tf.softmax(tf.transpose(grouped, [0, 1, 3, 2])); // [chunk, group, channel, split]
  const weighted = splits.map((values, split) => {
    const own = tf.slice(weights, [0, 0, 0, split], [chunks, cardinality, channels / cardinality, 1]);
    return tf.mul<tf.Tensor3D>(values, tf.reshape(own, [chunks, 1, channels]));
  });
  return tf.addN(weighted);
}

/** Scales every channel by a number in (0, 1) that depends on the means of all channels. */
function squeezeAndExcite(pass: Pass, x: tf.Tensor3D, name: string): tf.Tensor3D {
  const channels = x.shape[2];
  const means = tf.expandDims<tf.Tensor3D>(globalAverage(x), 1); // [chunk, 1, channel]
  const options = { kernel: 1, bias: false } as const;
  const squeezed = conv1d(pass, means, `${name}.se_conv1`, { ...options, filters: channels / reduction });
  const weights = conv1d(pass, tf.relu(squeezed), `${name}.se_conv2`, { ...options, filters: channels });
  return tf.mul(x, tf.sigmoid(weights));
}

function shortcut(
  pass: Pass,
  x: tf.Tensor3D,
  name: string,
  configuration: DsailConfiguration,
  filters: number,
  stride: number,
): tf.Tensor3D {
  const pooled = stride === 1 ? x : poolShortcut(x, configuration, stride);
  if (x.shape[2] === filters) return pooled;
  if (configuration.shortcut === 'pool') return padChannels(pooled, filters);
  return conv1d(pass, pooled, `${name}.shortcut.1`, { filters, kernel: 1, bias: false });
}

/** As published, the shortcuts of split-attention blocks take means, all others maxima. */
function poolShortcut(x: tf.Tensor3D, { block }: DsailConfiguration, stride: number): tf.Tensor3D {
  if (!block.startsWith('resnest')) return maxPool1d(x, { size: stride, padding: 'same' });
  const missing = Math.ceil(x.shape[1] / stride) * stride - x.shape[1];
  return avgPool1d(padTime(x, [0, missing]), { size: stride });
}
