/**
 * Pulmonary embolism from an electrocardiogram: the published system's residual baseline. Parameters are named as in
 * its PyTorch checkpoints; `rb1.shortcut`, which these hold too, is never used: the first block adds nothing.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Pass } from '../engine/pass.ts';
import type { PeBaselineConfiguration } from './configuration.ts';
import { batchNorm, conv1d, dense, dropout, flatten, maxPool1d } from './layers.ts';
import type { Net } from './net.ts';

/** The five residual blocks: channels after the first and the second convolution, and subsampling. */
const blocks = [
  [128, 128, 4],
  [192, 192, 4],
  [256, 256, 4],
  [320, 320, 2],
  [320, 384, 2],
] as const;

export function peBaseline(configuration: PeBaselineConfiguration, classes: number): Net {
  const { leads, samples } = configuration;
  return {
    configuration,
    input: { shape: [1, samples, leads], dtype: 'float32' },
    classes,
    forward(pass, x) {
      // [record, sample, lead] -> [record, sample, 64]
      const stem = conv1d(pass, x as tf.Tensor3D, 'entry_block.0', {
        filters: 64,
        kernel: 16,
        padding: 'same',
      });
      let y = tf.relu(batchNorm(pass, stem, 'entry_block.1'));
      // Beside the activations runs the sum of all branches, which is never normalized (Ribeiro et al. 2020).
      let sum: tf.Tensor3D | undefined;
      for (const [index, [inner, filters, stride]] of blocks.entries()) {
        // [record, time, channel] -> [record, time / stride, filters]
        const name = `rb${index + 1}`;
        const added = branch(pass, y, `${name}.block`, {
          inner,
          filters,
          stride,
          rate: configuration.dropout,
        });
        sum =
          sum === undefined ? added : tf.add(added, shortcut(pass, sum, `${name}.shortcut`, filters, stride));
        y = dropout(pass, tf.relu(batchNorm(pass, sum, `${name}.exit_action.0`)), configuration.dropout);
      }
      // [record, sample / 256, 384]; as published, all times of a channel beside each other.
      const flat = flatten(tf.transpose(y, [0, 2, 1]));
      return dense(pass, flat, 'output.1', { units: classes }); // [record, class]
    },
  };
}

function branch(
  pass: Pass,
  x: tf.Tensor3D,
  name: string,
  { inner, filters, stride, rate }: { inner: number; filters: number; stride: number; rate: number },
): tf.Tensor3D {
  const wide = conv1d(pass, x, `${name}.0`, { filters: inner, kernel: 16, padding: 'same' });
  const activated = dropout(pass, tf.relu(batchNorm(pass, wide, `${name}.1`)), rate);
  return conv1d(pass, activated, `${name}.4`, { filters, kernel: 17, stride, padding: [8, 8] });
}

function shortcut(pass: Pass, sum: tf.Tensor3D, name: string, filters: number, stride: number): tf.Tensor3D {
  return conv1d(pass, maxPool1d(sum, { size: stride }), `${name}.1`, { filters, kernel: 1, bias: false });
}
