import * as tf from '@tensorflow/tfjs-core';
import type { Pass } from '../engine/pass.ts';
import { batchNorm, conv1d, maxPool1d } from './layers.ts';

/** Channels of the features. */
export const resnet18Channels = 512;

/**
 * The trunk of the pulmonary-embolism system's ResNet-18 nets: He et al. 2016 in one dimension, with a stem of kernel
 * 17 and blocks of three convolutions (1, 3, 1) that are no narrower inside.
 * @param x [record, sample, lead]
 * @returns [record, sample / 32, 512]
 */
export function resnet18(pass: Pass, x: tf.Tensor3D): tf.Tensor3D {
  // [record, sample, lead] -> [record, sample / 2, 64]
  const stem = conv1d(pass, x, 'conv1', { filters: 64, kernel: 17, stride: 2, padding: [8, 8], bias: false });
  let y = tf.relu(batchNorm(pass, stem, 'batch_norm1'));
  y = maxPool1d(y, { size: 3, stride: 2, padding: [1, 1] }); // [record, sample / 4, 64]
  for (const [group, filters] of [64, 128, 256, 512].entries()) {
    // [record, time, channel] -> [record, time / 2, filters] from the second group on
    y = block(pass, y, `layer${group + 1}.0`, filters, group === 0 ? 1 : 2);
    y = block(pass, y, `layer${group + 1}.1`, filters, 1);
  }
  return y;
}

function block(pass: Pass, x: tf.Tensor3D, name: string, filters: number, stride: number): tf.Tensor3D {
  const options = { filters, bias: false } as const;
  let y = conv1d(pass, x, `${name}.conv1`, { ...options, kernel: 1 });
  y = tf.relu(batchNorm(pass, y, `${name}.batch_norm1`));
  y = conv1d(pass, y, `${name}.conv2`, { ...options, kernel: 3, stride, padding: [1, 1] });
  y = tf.relu(batchNorm(pass, y, `${name}.batch_norm2`));
  y = batchNorm(pass, conv1d(pass, y, `${name}.conv3`, { ...options, kernel: 1 }), `${name}.batch_norm3`);
  if (stride === 1) return tf.relu(tf.add(y, x));
  const shortcut = conv1d(pass, x, `${name}.i_downsample.0`, { ...options, kernel: 1, stride });
  return tf.relu(tf.add(y, batchNorm(pass, shortcut, `${name}.i_downsample.1`)));
}
