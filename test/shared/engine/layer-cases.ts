import * as tf from '@tensorflow/tfjs-core';
import type { Pass } from '../../../shared/engine/pass.ts';
import * as layers from '../../../shared/nets/layers.ts';

export interface LayerCase {
  readonly shape: readonly number[];
  // biome-ignore lint/suspicious/noExplicitAny: each case knows the rank of its input
  readonly build: (pass: Pass, x: any) => tf.Tensor;
}

const signal = [3, 24, 4];
const image = [2, 9, 8, 3];
const vectors = [2, 6, 8];

/** Every layer on its own, and the combinations in which layouts meet. */
export const layerCases: Readonly<Record<string, LayerCase>> = {
  'conv1d, same': {
    shape: signal,
    build: (p, x: tf.Tensor3D) => layers.conv1d(p, x, 'c', { filters: 5, kernel: 7, padding: 'same' }),
  },
  'conv1d, even kernel, same': {
    shape: signal,
    build: (p, x: tf.Tensor3D) => layers.conv1d(p, x, 'c', { filters: 5, kernel: 4, padding: 'same' }),
  },
  'conv1d, stride 4, same': {
    shape: signal,
    build: (p, x: tf.Tensor3D) =>
      layers.conv1d(p, x, 'c', { filters: 5, kernel: 11, stride: 4, padding: 'same', bias: false }),
  },
  'conv1d, stride 2, explicit pads': {
    shape: signal,
    build: (p, x: tf.Tensor3D) =>
      layers.conv1d(p, x, 'c', { filters: 6, kernel: 5, stride: 2, padding: [3, 1] }),
  },
  'conv1d, stride 3 that leaves a rest': {
    shape: signal,
    build: (p, x: tf.Tensor3D) => layers.conv1d(p, x, 'c', { filters: 6, kernel: 4, stride: 3 }),
  },
  'conv1d, kernel 1': {
    shape: signal,
    build: (p, x: tf.Tensor3D) => layers.conv1d(p, x, 'c', { filters: 6, kernel: 1 }),
  },
  'conv1d, kernel 1, stride 2': {
    shape: signal,
    build: (p, x: tf.Tensor3D) => layers.conv1d(p, x, 'c', { filters: 6, kernel: 1, stride: 2 }),
  },
  'conv1d, two groups': {
    shape: signal,
    build: (p, x: tf.Tensor3D) =>
      layers.conv1d(p, x, 'c', { filters: 6, kernel: 5, groups: 2, padding: 'same' }),
  },
  'conv1d, four groups, stride 2': {
    shape: signal,
    build: (p, x: tf.Tensor3D) =>
      layers.conv1d(p, x, 'c', { filters: 8, kernel: 5, stride: 2, groups: 4, padding: 'same' }),
  },
  'conv1d of one record and one channel': {
    shape: [1, 20, 1],
    build: (p, x: tf.Tensor3D) => layers.conv1d(p, x, 'c', { filters: 1, kernel: 3, padding: 'same' }),
  },
  'conv2d, same': {
    shape: image,
    build: (p, x: tf.Tensor4D) => layers.conv2d(p, x, 'c', { filters: 4, kernel: [3, 3], padding: 'same' }),
  },
  'conv2d, stride 2, explicit pads': {
    shape: image,
    build: (p, x: tf.Tensor4D) =>
      layers.conv2d(p, x, 'c', {
        filters: 4,
        kernel: [7, 5],
        stride: 2,
        padding: [
          [3, 3],
          [2, 2],
        ],
      }),
  },
  'conv2d, TensorFlow checkpoint': {
    shape: image,
    build: (p, x: tf.Tensor4D) =>
      layers.conv2d(p, x, 'c', {
        filters: 4,
        kernel: [3, 3],
        padding: 'same',
        checkpoint: 'tensorflow',
      }),
  },
  'conv2d, groups': {
    shape: image,
    build: (p, x: tf.Tensor4D) =>
      layers.conv2d(p, x, 'c', { filters: 6, kernel: [3, 3], padding: 'same', groups: 3 }),
  },
  convTranspose2d: {
    shape: image,
    build: (p, x: tf.Tensor4D) =>
      layers.convTranspose2d(p, x, 'c', { filters: 4, kernel: [2, 2], stride: 2 }),
  },
  'convTranspose2d, overlapping, TensorFlow checkpoint': {
    shape: image,
    build: (p, x: tf.Tensor4D) =>
      layers.convTranspose2d(p, x, 'c', {
        filters: 4,
        kernel: [3, 3],
        stride: 2,
        checkpoint: 'tensorflow',
      }),
  },
  'batchNorm of signals': { shape: signal, build: (p, x: tf.Tensor3D) => layers.batchNorm(p, x, 'bn') },
  'batchNorm of images': {
    shape: image,
    build: (p, x: tf.Tensor4D) => layers.batchNorm(p, x, 'bn', { epsilon: 1e-3, momentum: 0.01 }),
  },
  'batchNorm of vectors': { shape: [6, 5], build: (p, x: tf.Tensor2D) => layers.batchNorm(p, x, 'bn') },
  'two batchNorms of one width': {
    shape: signal,
    build: (p, x: tf.Tensor3D) => layers.batchNorm(p, tf.sigmoid(layers.batchNorm(p, x, 'bn1')), 'bn2'),
  },
  'one batchNorm twice': {
    shape: signal,
    build: (p, x: tf.Tensor3D) => layers.batchNorm(p, tf.square(layers.batchNorm(p, x, 'bn')), 'bn'),
  },
  'batchNorm, ReLU, convolution, sum': {
    shape: signal,
    build: (p, x: tf.Tensor3D) => {
      const y = tf.relu(layers.batchNorm(p, x, 'bn'));
      return tf.add(x, layers.conv1d(p, y, 'c', { filters: 4, kernel: 5, padding: 'same', bias: false }));
    },
  },
  maxPool1d: { shape: signal, build: (_p, x: tf.Tensor3D) => layers.maxPool1d(x, { size: 4 }) },
  'maxPool1d that leaves a rest': {
    shape: signal,
    build: (_p, x: tf.Tensor3D) => layers.maxPool1d(x, { size: 5 }),
  },
  'maxPool1d, overlapping, padded': {
    shape: signal,
    build: (_p, x: tf.Tensor3D) => layers.maxPool1d(x, { size: 3, stride: 2, padding: [1, 1] }),
  },
  maxPool2d: { shape: image, build: (_p, x: tf.Tensor4D) => layers.maxPool2d(x, { size: 2 }) },
  'maxPool2d, overlapping, same': {
    shape: image,
    build: (_p, x: tf.Tensor4D) => layers.maxPool2d(x, { size: 3, stride: 2, padding: 'same' }),
  },
  avgPool1d: { shape: signal, build: (_p, x: tf.Tensor3D) => layers.avgPool1d(x, { size: 4 }) },
  'avgPool2d, overlapping': {
    shape: image,
    build: (_p, x: tf.Tensor4D) => layers.avgPool2d(x, { size: 3, stride: 2 }),
  },
  globalMax: { shape: signal, build: (_p, x: tf.Tensor3D) => layers.globalMax(x) },
  globalAverage: { shape: image, build: (_p, x: tf.Tensor4D) => layers.globalAverage(x) },
  dense: { shape: [5, 7], build: (p, x: tf.Tensor2D) => layers.dense(p, x, 'd', { units: 3 }) },
  'dense of sequences': {
    shape: vectors,
    build: (p, x: tf.Tensor3D) => layers.dense(p, x, 'd', { units: 3 }),
  },
  'dense, TensorFlow checkpoint': {
    shape: [5, 7],
    build: (p, x: tf.Tensor2D) => layers.dense(p, x, 'd', { units: 3, checkpoint: 'tensorflow' }),
  },
  'flattened convolution into dense': {
    shape: signal,
    build: (p, x: tf.Tensor3D) => {
      const y = layers.conv1d(p, x, 'c', { filters: 5, kernel: 3, padding: 'same' });
      return layers.dense(p, tf.reshape(y, [x.shape[0], 120]) as tf.Tensor2D, 'd', { units: 4 });
    },
  },
  dropout: { shape: signal, build: (p, x: tf.Tensor3D) => layers.dropout(p, x, 0.3) },
  'dropout after a convolution': {
    shape: image,
    build: (p, x: tf.Tensor4D) =>
      layers.dropout(p, layers.conv2d(p, x, 'c', { filters: 4, kernel: [3, 3] }), 0.5),
  },
  'dropout after ReLU, which is used besides': {
    shape: signal,
    build: (p, x: tf.Tensor3D) => {
      const y = tf.relu(layers.conv1d(p, x, 'c', { filters: 4, kernel: 3 }));
      return tf.add(layers.dropout(p, y, 0.4), tf.square(y));
    },
  },
  'dropout after ReLU': {
    shape: signal,
    build: (p, x: tf.Tensor3D) =>
      layers.dropout(p, tf.relu(layers.conv1d(p, x, 'c', { filters: 4, kernel: 3 })), 0.4),
  },
  'dropout of vectors': { shape: [6, 5], build: (p, x: tf.Tensor2D) => layers.dropout(p, x, 0.4) },
  layerNorm: { shape: vectors, build: (p, x: tf.Tensor3D) => layers.layerNorm(p, x, 'ln') },
  multiHeadAttention: {
    shape: [2, 11, 8],
    build: (p, x: tf.Tensor3D) => {
      const [query, key] = tf.split(x, [6, 5], 1) as [tf.Tensor3D, tf.Tensor3D];
      return layers.multiHeadAttention(p, query, key, tf.square(key), 'a', { heads: 2, dropoutRate: 0.2 });
    },
  },
  'self-attention after a convolution': {
    shape: signal,
    build: (p, x: tf.Tensor3D) => {
      const y = layers.conv1d(p, x, 'c', { filters: 8, kernel: 3, stride: 2 });
      return layers.multiHeadAttention(p, y, y, y, 'a', { heads: 4 });
    },
  },
  gelu: { shape: signal, build: (_p, x: tf.Tensor3D) => layers.gelu(x) },
  relu: { shape: signal, build: (_p, x: tf.Tensor3D) => layers.relu(x) },
  sigmoid: { shape: signal, build: (_p, x: tf.Tensor3D) => layers.sigmoid(x) },
  softmax: { shape: signal, build: (_p, x: tf.Tensor3D) => layers.softmax(x) },
  'softmax over channels of an image': {
    shape: image,
    build: (p, x: tf.Tensor4D) => layers.softmax(layers.conv2d(p, x, 'c', { filters: 4, kernel: [3, 3] })),
  },
  lstm: { shape: vectors, build: (p, x: tf.Tensor3D) => layers.lstm(p, x, 'r', { units: 5 }).sequence },
  'lstm, last state, two layers, both directions': {
    shape: vectors,
    build: (p, x: tf.Tensor3D) =>
      tf.concat(layers.lstm(p, x, 'r', { units: 4, layers: 2, bidirectional: true }).last, 1),
  },
  gru: { shape: vectors, build: (p, x: tf.Tensor3D) => layers.gru(p, x, 'r', { units: 5 }).sequence },
  'gru, both directions, dropout': {
    shape: vectors,
    build: (p, x: tf.Tensor3D) =>
      layers.gru(p, x, 'r', { units: 4, layers: 2, bidirectional: true, dropoutRate: 0.25 }).sequence,
  },
  rnn: { shape: vectors, build: (p, x: tf.Tensor3D) => layers.rnn(p, x, 'r', { units: 5 }).sequence },
  'rnn, both directions, last state': {
    shape: vectors,
    build: (p, x: tf.Tensor3D) => tf.concat(layers.rnn(p, x, 'r', { units: 4, bidirectional: true }).last, 1),
  },
  concatChannels: {
    shape: image,
    build: (p, x: tf.Tensor4D) =>
      layers.concatChannels([x, layers.conv2d(p, x, 'c', { filters: 4, kernel: [3, 3], padding: 'same' })]),
  },
  'padChannels after a pool': {
    shape: signal,
    build: (_p, x: tf.Tensor3D) => layers.padChannels(layers.maxPool1d(x, { size: 4 }), 7),
  },
  padTime: { shape: signal, build: (_p, x: tf.Tensor3D) => layers.padTime(x, [2, 3], 0.5) },
  'split and stack': {
    shape: signal,
    build: (p, x: tf.Tensor3D) => {
      const y = layers.conv1d(p, x, 'c', { filters: 6, kernel: 3 });
      const [a, b] = tf.split(y, 2, 2);
      return tf.stack([tf.sigmoid(a!), tf.mul(b!, a!)], 1);
    },
  },
};

/** And what no net learns through, so that it has no gradient. */
export const forwardCases: Readonly<Record<string, LayerCase>> = {
  ...layerCases,
  'resize to fewer rows and columns': {
    shape: image,
    build: (_, x: tf.Tensor4D) => tf.image.resizeBilinear(x, [5, 6], false, true),
  },
  'resize to more, of what a convolution gives': {
    shape: image,
    build: (p, x: tf.Tensor4D) =>
      tf.image.resizeBilinear(
        layers.conv2d(p, x, 'c', { filters: 5, kernel: [3, 3], padding: 'same' }),
        [11, 15],
        false,
        true,
      ),
  },
};
