/**
 * Pulmonary embolism from an electrocardiogram: ResNet-18 and one recurrent layer, whose last state is classified.
 * Parameters are named as in the published PyTorch checkpoints.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { PeRecurrentConfiguration } from './configuration.ts';
import { dense, gru, lstm, rnn } from './layers.ts';
import type { Net } from './net.ts';
import { resnet18, resnet18Channels } from './resnet18.ts';

const cells = { rnn, lstm, gru };

export function peResnet18Recurrent(configuration: PeRecurrentConfiguration, classes: number): Net {
  const { leads, samples, cell } = configuration;
  return {
    configuration,
    input: { shape: [1, samples, leads], dtype: 'float32' },
    classes,
    forward(pass, x) {
      const features = resnet18(pass, x as tf.Tensor3D); // [record, sample / 32, 512]
      const { last } = cells[cell](pass, features, cell, { units: resnet18Channels });
      return dense(pass, last[0]!, 'fc.0', { units: classes }); // [record, 512] -> [record, class]
    },
  };
}
