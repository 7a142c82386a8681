import * as tf from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import type { Pass } from '../../../shared/engine/pass.ts';
import { normal, uniform } from '../../../shared/nets/initializers.ts';
import * as layers from '../../../shared/nets/layers.ts';
import { expectSameStep } from './compared-engines.ts';

/** The input as a parameter, so that its gradient is compared too. */
function input<T extends tf.Tensor>(pass: Pass, shape: number[], name = 'x'): T {
  return tf.mul(pass.parameters.get(name, shape, normal(1)), 1);
}

/** A loss in which every output has a weight of its own: a wrong order shows. */
function weighted(pass: Pass, y: tf.Tensor): { loss: tf.Scalar; y: tf.Tensor } {
  const weights = pass.parameters.get('loss weights', y.shape, uniform(1), { trainable: false });
  return { loss: tf.sum(tf.mul(y, weights)) as tf.Scalar, y };
}

type Build = (pass: Pass) => tf.Tensor;

const signal = (pass: Pass) => input<tf.Tensor3D>(pass, [3, 24, 4]);
const image = (pass: Pass) => input<tf.Tensor4D>(pass, [2, 9, 8, 3]);
const vectors = (pass: Pass) => input<tf.Tensor3D>(pass, [2, 6, 8]);

const cases: Record<string, Build> = {
  'conv1d, same': (p) => layers.conv1d(p, signal(p), 'c', { filters: 5, kernel: 7, padding: 'same' }),
  'conv1d, even kernel, same': (p) =>
    layers.conv1d(p, signal(p), 'c', { filters: 5, kernel: 4, padding: 'same' }),
  'conv1d, stride 4, same': (p) =>
    layers.conv1d(p, signal(p), 'c', { filters: 5, kernel: 11, stride: 4, padding: 'same', bias: false }),
  'conv1d, stride 2, explicit pads': (p) =>
    layers.conv1d(p, signal(p), 'c', { filters: 6, kernel: 5, stride: 2, padding: [3, 1] }),
  'conv1d, stride 3 that leaves a rest': (p) =>
    layers.conv1d(p, signal(p), 'c', { filters: 6, kernel: 4, stride: 3 }),
  'conv1d, kernel 1': (p) => layers.conv1d(p, signal(p), 'c', { filters: 6, kernel: 1 }),
  'conv1d, kernel 1, stride 2': (p) => layers.conv1d(p, signal(p), 'c', { filters: 6, kernel: 1, stride: 2 }),
  'conv1d, two groups': (p) =>
    layers.conv1d(p, signal(p), 'c', { filters: 6, kernel: 5, groups: 2, padding: 'same' }),
  'conv1d, four groups, stride 2': (p) =>
    layers.conv1d(p, signal(p), 'c', { filters: 8, kernel: 5, stride: 2, groups: 4, padding: 'same' }),
  'conv1d of one record and one channel': (p) =>
    layers.conv1d(p, input(p, [1, 20, 1]), 'c', { filters: 1, kernel: 3, padding: 'same' }),
  'conv2d, same': (p) => layers.conv2d(p, image(p), 'c', { filters: 4, kernel: [3, 3], padding: 'same' }),
  'conv2d, stride 2, explicit pads': (p) =>
    layers.conv2d(p, image(p), 'c', {
      filters: 4,
      kernel: [7, 5],
      stride: 2,
      padding: [
        [3, 3],
        [2, 2],
      ],
    }),
  'conv2d, TensorFlow checkpoint': (p) =>
    layers.conv2d(p, image(p), 'c', {
      filters: 4,
      kernel: [3, 3],
      padding: 'same',
      checkpoint: 'tensorflow',
    }),
  'conv2d, groups': (p) =>
    layers.conv2d(p, image(p), 'c', { filters: 6, kernel: [3, 3], padding: 'same', groups: 3 }),
  'convTranspose2d': (p) =>
    layers.convTranspose2d(p, image(p), 'c', { filters: 4, kernel: [2, 2], stride: 2 }),
  'convTranspose2d, overlapping, TensorFlow checkpoint': (p) =>
    layers.convTranspose2d(p, image(p), 'c', {
      filters: 4,
      kernel: [3, 3],
      stride: 2,
      checkpoint: 'tensorflow',
    }),
  'batchNorm of signals': (p) => layers.batchNorm(p, signal(p), 'bn'),
  'batchNorm of images': (p) => layers.batchNorm(p, image(p), 'bn', { epsilon: 1e-3, momentum: 0.01 }),
  'batchNorm of vectors': (p) => layers.batchNorm(p, input<tf.Tensor2D>(p, [6, 5]), 'bn'),
  'batchNorm, ReLU, convolution, sum': (p) => {
    const x = signal(p);
    const y = tf.relu(layers.batchNorm(p, x, 'bn'));
    return tf.add(x, layers.conv1d(p, y, 'c', { filters: 4, kernel: 5, padding: 'same', bias: false }));
  },
  'maxPool1d': (p) => layers.maxPool1d(signal(p), { size: 4 }),
  'maxPool1d that leaves a rest': (p) => layers.maxPool1d(signal(p), { size: 5 }),
  'maxPool1d, overlapping, padded': (p) =>
    layers.maxPool1d(signal(p), { size: 3, stride: 2, padding: [1, 1] }),
  'maxPool2d': (p) => layers.maxPool2d(image(p), { size: 2 }),
  'maxPool2d, overlapping, same': (p) => layers.maxPool2d(image(p), { size: 3, stride: 2, padding: 'same' }),
  'avgPool1d': (p) => layers.avgPool1d(signal(p), { size: 4 }),
  'avgPool2d, overlapping': (p) => layers.avgPool2d(image(p), { size: 3, stride: 2 }),
  'globalMax': (p) => layers.globalMax(signal(p)),
  'globalAverage': (p) => layers.globalAverage(image(p)),
  'dense': (p) => layers.dense(p, input<tf.Tensor2D>(p, [5, 7]), 'd', { units: 3 }),
  'dense of sequences': (p) => layers.dense(p, vectors(p), 'd', { units: 3 }),
  'dense, TensorFlow checkpoint': (p) =>
    layers.dense(p, input<tf.Tensor2D>(p, [5, 7]), 'd', { units: 3, checkpoint: 'tensorflow' }),
  'flattened convolution into dense': (p) => {
    const y = layers.conv1d(p, signal(p), 'c', { filters: 5, kernel: 3, padding: 'same' });
    return layers.dense(p, tf.reshape(y, [3, 120]) as tf.Tensor2D, 'd', { units: 4 });
  },
  'dropout': (p) => layers.dropout(p, signal(p), 0.3),
  'dropout after a convolution': (p) =>
    layers.dropout(p, layers.conv2d(p, image(p), 'c', { filters: 4, kernel: [3, 3] }), 0.5),
  'dropout of vectors': (p) => layers.dropout(p, input<tf.Tensor2D>(p, [6, 5]), 0.4),
  'layerNorm': (p) => layers.layerNorm(p, vectors(p), 'ln'),
  'multiHeadAttention': (p) =>
    layers.multiHeadAttention(p, vectors(p), input(p, [2, 5, 8], 'k'), input(p, [2, 5, 8], 'v'), 'a', {
      heads: 2,
      dropoutRate: 0.2,
    }),
  'self-attention after a convolution': (p) => {
    const y = layers.conv1d(p, signal(p), 'c', { filters: 8, kernel: 3, stride: 2 });
    return layers.multiHeadAttention(p, y, y, y, 'a', { heads: 4 });
  },
  'gelu': (p) => layers.gelu(signal(p)),
  'relu': (p) => layers.relu(signal(p)),
  'sigmoid': (p) => layers.sigmoid(signal(p)),
  'softmax': (p) => layers.softmax(signal(p)),
  'softmax over channels of an image': (p) =>
    layers.softmax(layers.conv2d(p, image(p), 'c', { filters: 4, kernel: [3, 3] })),
  'lstm': (p) => layers.lstm(p, vectors(p), 'r', { units: 5 }).sequence,
  'lstm, last state, two layers, both directions': (p) =>
    tf.concat(layers.lstm(p, vectors(p), 'r', { units: 4, layers: 2, bidirectional: true }).last, 1),
  'gru': (p) => layers.gru(p, vectors(p), 'r', { units: 5 }).sequence,
  'gru, both directions, dropout': (p) =>
    layers.gru(p, vectors(p), 'r', { units: 4, layers: 2, bidirectional: true, dropoutRate: 0.25 }).sequence,
  'rnn': (p) => layers.rnn(p, vectors(p), 'r', { units: 5 }).sequence,
  'rnn, both directions, last state': (p) =>
    tf.concat(layers.rnn(p, vectors(p), 'r', { units: 4, bidirectional: true }).last, 1),
  'concatChannels': (p) =>
    layers.concatChannels([
      image(p),
      layers.conv2d(p, image(p), 'c', { filters: 4, kernel: [3, 3], padding: 'same' }),
    ]),
  'padChannels after a pool': (p) => layers.padChannels(layers.maxPool1d(signal(p), { size: 4 }), 7),
  'padTime': (p) => layers.padTime(signal(p), [2, 3], 0.5),
  'split and stack': (p) => {
    const y = layers.conv1d(p, signal(p), 'c', { filters: 6, kernel: 3 });
    const [a, b] = tf.split(y, 2, 2);
    return tf.stack([tf.sigmoid(a!), tf.mul(b!, a!)], 1);
  },
};

describe('a recorded step equals the eager one', () => {
  it.each(Object.entries(cases))('%s', async (_, build) => {
    await expectSameStep({ loss: (_inputs, pass) => weighted(pass, build(pass)) });
  });
});
