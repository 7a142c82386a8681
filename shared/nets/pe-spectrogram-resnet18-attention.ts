/**
 * Pulmonary embolism from the log spectrograms of an electrocardiogram: ResNet-18 (He et al. 2016) on twelve
 * channels and attention over the positions of its features. Parameters are named as in the published PyTorch
 * checkpoints.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Pass } from '../engine/pass.ts';
import type { PeSpectrogramConfiguration } from './configuration.ts';
import { batchNorm, conv2d, dense, flatten, maxPool2d, multiHeadAttention } from './layers.ts';
import type { Net } from './net.ts';

/** One value on each side of rows and columns; three for the stem. */
const around = [
  [1, 1],
  [1, 1],
] as const;
const aroundStem = [
  [3, 3],
  [3, 3],
] as const;

export function peSpectrogramResnet18Attention(
  configuration: PeSpectrogramConfiguration,
  classes: number,
): Net {
  const { leads, frequencies, times, heads } = configuration;
  return {
    configuration,
    input: { shape: [1, frequencies, times, leads], dtype: 'float32' },
    classes,
    forward(pass, x) {
      // [record, frequency, time, lead] -> [record, frequency / 2, time / 2, 64], halves rounded up throughout
      let y = conv2d(pass, x as tf.Tensor4D, 'features.0', {
        filters: 64,
        kernel: [7, 7],
        stride: 2,
        padding: aroundStem,
        bias: false,
      });
      y = tf.relu(batchNorm(pass, y, 'features.1'));
      y = maxPool2d(y, { size: 3, stride: 2, padding: around }); // [record, frequency / 4, time / 4, 64]
      for (const [group, filters] of [64, 128, 256, 512].entries()) {
        y = block(pass, y, `features.${group + 4}.0`, filters, group === 0 ? 1 : 2);
        y = block(pass, y, `features.${group + 4}.1`, filters, 1);
      }
      // [record, frequency / 32, time / 32, 512] -> [record, position, 512]
      const features = tf.reshape(y, [y.shape[0], y.shape[1] * y.shape[2], y.shape[3]]) as tf.Tensor3D;
      const attended = multiHeadAttention(pass, features, features, features, 'attention', {
        heads,
        bias: false,
      });
      return dense(pass, flatten(attended), 'output.0', { units: classes });
    },
  };
}

function block(pass: Pass, x: tf.Tensor4D, name: string, filters: number, stride: number): tf.Tensor4D {
  const options = { filters, kernel: [3, 3], padding: around, bias: false } as const;
  let y = conv2d(pass, x, `${name}.conv1`, { ...options, stride });
  y = tf.relu(batchNorm(pass, y, `${name}.bn1`));
  y = batchNorm(pass, conv2d(pass, y, `${name}.conv2`, options), `${name}.bn2`);
  if (stride === 1) return tf.relu(tf.add(y, x));
  const shortcut = conv2d(pass, x, `${name}.downsample.0`, { filters, kernel: [1, 1], stride, bias: false });
  return tf.relu(tf.add(y, batchNorm(pass, shortcut, `${name}.downsample.1`)));
}
