/**
 * Pulmonary embolism from an electrocardiogram: ResNet-18 and attention over time. Parameters are named as in the
 * published PyTorch checkpoints.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { PeAttentionConfiguration } from './configuration.ts';
import { dense, flatten, multiHeadAttention } from './layers.ts';
import type { Net } from './net.ts';
import { resnet18 } from './resnet18.ts';

export function peResnet18Attention(configuration: PeAttentionConfiguration, classes: number): Net {
  const { leads, samples, heads } = configuration;
  return {
    configuration,
    input: { shape: [1, samples, leads], dtype: 'float32' },
    classes,
    forward(pass, x) {
      const features = resnet18(pass, x as tf.Tensor3D); // [record, sample / 32, 512]
      const attended = multiHeadAttention(pass, features, features, features, 'attention', { heads });
      // As published: all times of a channel beside each other.
      const flat = flatten(tf.transpose(attended, [0, 2, 1]));
      return dense(pass, flat, 'fc.0', { units: classes }); // [record, class]
    },
  };
}
