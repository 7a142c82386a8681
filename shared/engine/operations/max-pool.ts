import * as tf from '@tensorflow/tfjs-core';
import { recordedMaxPool } from '../recording/kernels/pooling.ts';
import { isRecording } from '../recording/recording-backend.ts';
import type { Pads2d } from './convolution.ts';

export interface Pooling {
  readonly size: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pads: Pads2d;
}

/** Below every activation that a net may show, and still finite, so that no gradient becomes NaN. */
const lowest = -3e38;

/** Largest value of each window; padding never wins. @param x [record, height, width, channel] */
export function maxPool(x: tf.Tensor4D, options: Pooling): tf.Tensor4D {
  if (isRecording()) return recordedMaxPool(x, options);
  const { size, strides, pads } = options;
  const [rows, columns] = pads;
  const padded =
    Math.max(...rows, ...columns) === 0 ? x : tf.pad(x, [[0, 0], [...rows], [...columns], [0, 0]], lowest);
  return tf.maxPool(padded, [...size], [...strides], 'valid');
}
