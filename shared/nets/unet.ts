/**
 * The chambers of an apical echocardiogram: usal_echo's U-Net (Ronneberger et al. 2015) at any width. Parameters are
 * named and shaped as in its TensorFlow checkpoint.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Pass } from '../engine/pass.ts';
import type { UnetConfiguration } from './configuration.ts';
import { kaimingNormal } from './initializers.ts';
import { batchNorm, concatChannels, conv2d, convTranspose2d, dropout, maxPool2d } from './layers.ts';
import type { Net } from './net.ts';

/** Channels of the six levels, at width 1. */
const levels = [64, 128, 256, 512, 1024, 2048] as const;
const checkpoint = 'tensorflow';

export function unet(configuration: UnetConfiguration, classes: number): Net {
  const { size, width, mean } = configuration;
  const filters = levels.map((channels) => Math.max(1, Math.round(channels * width)));
  return {
    configuration,
    /** Grey values from 0 to 255. */
    input: { shape: [1, size, size, 1], dtype: 'float32' },
    classes,
    forward(pass, frames) {
      let x: tf.Tensor4D = tf.sub(frames as tf.Tensor4D, mean); // [frame, row, column, 1]
      const skipped: tf.Tensor4D[] = [];
      for (const [level, channels] of filters.entries()) {
        // [frame, row, column, channel] -> [frame, row / 2, column / 2, channels] from the second level on
        if (level > 0) x = maxPool2d(x, { size: 2 });
        x = twice(pass, x, `vgg/conv${level + 1}`, channels, configuration.batchNorm);
        skipped.push(x);
      }
      x = dropout(pass, x, configuration.dropout);
      for (let level = filters.length - 2; level >= 0; level--) {
        // [frame, row, column, channel] -> [frame, 2 row, 2 column, channels]
        const number = 2 * filters.length - 1 - level;
        const up = convTranspose2d(pass, x, `vgg/up${number}`, {
          filters: filters[level]!,
          kernel: [2, 2],
          stride: 2,
          checkpoint,
          initializer: kaimingNormal(x.shape[3]), // one pixel of every channel adds to each new pixel
        });
        const joined = concatChannels([tf.relu(up), skipped[level]!]);
        x = twice(pass, joined, `vgg/conv${number}`, filters[level]!, configuration.batchNorm);
      }
      return conv2d(pass, x, 'vgg/conv12_2', { filters: classes, kernel: [1, 1], checkpoint });
    },
  };
}

/** Two convolutions of 3 x 3 with ReLU. */
function twice(pass: Pass, x: tf.Tensor4D, name: string, filters: number, normalized: boolean): tf.Tensor4D {
  const convolution = (input: tf.Tensor4D, number: number): tf.Tensor4D => {
    const initializer = kaimingNormal(9 * input.shape[3]);
    const options = { filters, kernel: [3, 3], padding: 'same', checkpoint, initializer } as const;
    const y = conv2d(pass, input, `${name}_${number}`, { ...options, bias: !normalized });
    return tf.relu(normalized ? batchNorm(pass, y, `${name}_${number}/norm`) : y);
  };
  return convolution(convolution(x, 1), 2);
}
