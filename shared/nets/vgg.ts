/**
 * The view of an echocardiogram: usal_echo's classifier of 23 views, VGG-16 (Simonyan and Zisserman 2015) at any
 * width. Parameters are named and shaped as in its TensorFlow checkpoint.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { VggConfiguration } from './configuration.ts';
import { kaimingNormal } from './initializers.ts';
import { batchNorm, concatChannels, conv2d, dense, dropout, flatten, maxPool2d } from './layers.ts';
import type { Net } from './net.ts';

/** Channels and convolutions of the five levels, at width 1. */
const levels = [
  [64, 2],
  [128, 2],
  [256, 3],
  [512, 3],
  [512, 3],
] as const;

export function vgg(configuration: VggConfiguration, classes: number): Net {
  const { size, width, fullyConnected, mean, dropout: rate, batchNorm: normalized } = configuration;
  const checkpoint = 'tensorflow';
  return {
    configuration,
    /** Grey values from 0 to 255. */
    input: { shape: [1, size, size, 1], dtype: 'float32' },
    classes,
    forward(pass, frames) {
      const grey: tf.Tensor4D = tf.sub(frames as tf.Tensor4D, mean);
      let x: tf.Tensor4D = concatChannels([grey, grey, grey]); // [frame, row, column, 3]
      for (const [level, [channels, convolutions]] of levels.entries()) {
        const filters = Math.max(1, Math.round(channels * width));
        for (let i = 1; i <= convolutions; i++) {
          const name = `network/conv${level + 1}_${i}`;
          const initializer = kaimingNormal(9 * x.shape[3]);
          const options = { filters, kernel: [3, 3], padding: 'same', checkpoint, initializer } as const;
          const y = conv2d(pass, x, name, { ...options, bias: !normalized });
          x = tf.relu(normalized ? batchNorm(pass, y, `${name}/norm`) : y);
        }
        x = maxPool2d(x, { size: 2 }); // [frame, row / 2, column / 2, filters]
      }
      let y = flatten(x); // rows, then columns, then channels
      for (const name of ['network/fc6', 'network/fc7']) {
        const initializer = kaimingNormal(y.shape[1]);
        const hidden = dense(pass, y, name, { units: fullyConnected, checkpoint, initializer });
        y = dropout(pass, tf.relu(hidden), rate);
      }
      return dense(pass, y, 'network/fc8', { units: classes, checkpoint }); // [frame, class]
    },
  };
}
