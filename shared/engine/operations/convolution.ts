import * as tf from '@tensorflow/tfjs-core';
import { recordedConvolution, recordedInputGradient } from '../recording/kernels/convolution.ts';
import { isRecording } from '../recording/recording-backend.ts';

/** Values added before and after the rows and the columns. */
export type Pads2d = readonly [rows: readonly [number, number], columns: readonly [number, number]];

/** No padding. */
export const unpadded: Pads2d = [
  [0, 0],
  [0, 0],
];

export interface Convolution {
  readonly strides: readonly [number, number];
  readonly pads: Pads2d;
  readonly groups: number;
}

/**
 * 2-D convolution with explicit zero pads and groups.
 * @param x [record, height, width, channel]
 * @param filter [height, width, channel / groups, filter]
 */
export function convolve(x: tf.Tensor4D, filter: tf.Tensor4D, options: Convolution): tf.Tensor4D {
  if (isRecording()) return recordedConvolution(x, filter, options);
  const { strides, groups } = options;
  const [rows, columns] = options.pads;
  // TensorFlow's own gradient kernels refuse explicit pads: pad first.
  const padded: tf.Tensor4D =
    Math.max(...rows, ...columns) === 0 ? x : tf.pad(x, [[0, 0], [...rows], [...columns], [0, 0]]);
  if (groups === 1) return tf.conv2d(padded, filter, [...strides], 'valid');
  const parts = tf.split<tf.Tensor4D>(padded, groups, 3);
  const filters = tf.split<tf.Tensor4D>(filter, groups, 3);
  const outputs = parts.map((part, group) => tf.conv2d(part, filters[group]!, [...strides], 'valid'));
  return tf.concat(outputs, 3);
}

/**
 * Transposed 2-D convolution without padding.
 * @param x [record, height, width, channel]
 * @param filter [height, width, filter, channel]
 */
export function convolveTransposed(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  strides: readonly [number, number],
): tf.Tensor4D {
  const [records, height, width] = x.shape;
  const [kernelHeight, kernelWidth, filters] = filter.shape;
  const outputShape: [number, number, number, number] = [
    records,
    (height - 1) * strides[0] + kernelHeight,
    (width - 1) * strides[1] + kernelWidth,
    filters,
  ];
  if (isRecording()) {
    const options: Convolution = { strides, pads: unpadded, groups: 1 };
    return recordedInputGradient(x, filter, outputShape, options);
  }
  return tf.conv2dTranspose(x, filter, outputShape, [...strides], 'valid');
}
