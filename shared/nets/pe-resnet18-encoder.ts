/**
 * Pulmonary embolism from an electrocardiogram: ResNet-18, positions, and a transformer encoder (Vaswani et al. 2017,
 * normalization after each sum). Parameters are named as in the published PyTorch checkpoints. The published forward
 * pass computes the encoder and returns its input; here the encoder's output is used unless `output: input` is
 * configured.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Pass } from '../engine/pass.ts';
import type { PeEncoderConfiguration } from './configuration.ts';
import { dense, dropout, flatten, layerNorm, multiHeadAttention } from './layers.ts';
import type { Net } from './net.ts';
import { resnet18 } from './resnet18.ts';

export function peResnet18Encoder(configuration: PeEncoderConfiguration, classes: number): Net {
  const { leads, samples, layers, output } = configuration;
  return {
    configuration,
    input: { shape: [1, samples, leads], dtype: 'float32' },
    classes,
    forward(pass, x) {
      const features = resnet18(pass, x as tf.Tensor3D); // [record, sample / 32, 512]
      let y: tf.Tensor3D = dropout(
        pass,
        tf.add(features, positions(features.shape[1], features.shape[2])),
        configuration.dropout,
      );
      if (output === 'encoder') {
        for (let layer = 0; layer < layers; layer++) {
          y = encoderLayer(pass, y, `encoder.transformer_encoder.layers.${layer}`, configuration);
        }
      }
      return dense(pass, flatten(y), 'fc.0', { units: classes }); // [record, class]
    },
  };
}

/** [record, time, feature] -> the same. */
function encoderLayer(
  pass: Pass,
  x: tf.Tensor3D,
  name: string,
  { heads, feedForward, dropout: rate }: PeEncoderConfiguration,
): tf.Tensor3D {
  const attended = multiHeadAttention(pass, x, x, x, `${name}.self_attn`, { heads, dropoutRate: rate });
  const y = layerNorm(pass, tf.add(x, dropout(pass, attended, rate)), `${name}.norm1`);
  const wide = dropout(pass, tf.relu(dense(pass, y, `${name}.linear1`, { units: feedForward })), rate);
  const narrow = dense(pass, wide, `${name}.linear2`, { units: x.shape[2] });
  return layerNorm(pass, tf.add(y, dropout(pass, narrow, rate)), `${name}.norm2`);
}

/**
 * Sines (even features) and cosines (odd ones) of the time, at wavelengths from 2 pi to 10000 x 2 pi:
 * [time, feature]. Worked out in the graph from its two axes.
 */
function positions(times: number, features: number): tf.Tensor2D {
  const half = features / 2;
  const time = tf.tensor2d(
    Array.from({ length: times }, (_, i) => i),
    [times, 1],
  );
  const frequency = tf.tensor2d(
    Array.from({ length: half }, (_, i) => 10_000 ** (-i / half)),
    [1, half],
  );
  const angle = tf.expandDims(tf.mul(time, frequency), 2); // [time, feature / 2, 1]
  return tf.reshape(tf.concat([tf.sin(angle), tf.cos(angle)], 2), [times, features]);
}
