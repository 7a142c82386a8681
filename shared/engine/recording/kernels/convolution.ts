import * as tf from '@tensorflow/tfjs-core';
import { blockedDomain } from '../../onnx/channel-block.ts';
import type { Convolution, Pads2d } from '../../operations/convolution.ts';
import { microsoft, type ValueName } from '../graph-builder.ts';
import { layoutOf, type RecordedValue } from '../recorded-value.ts';
import type { Recorder } from '../recorder.ts';
import { recordKernel, runOwnKernel } from '../recording-backend.ts';
import { sliceNode } from './shape.ts';

type Shape4d = [number, number, number, number];

/** [record, height, width, channel] as ONNX wants images: channels second. */
export function imageLayout(shape: readonly number[]): number[] {
  return layoutOf(shape, [0, 3, 1, 2]);
}

/** [height, width, in, out] as ONNX wants filters: out, in, height, width. */
function filterLayout(shape: readonly number[]): number[] {
  return layoutOf(shape, [3, 2, 0, 1]);
}

const forward = 'SystoleConvolution';
const inputGradient = 'SystoleConvolutionInputGradient';
const filterGradient = 'SystoleConvolutionFilterGradient';

/** Convolution with explicit pads and groups, recorded. Shapes as in `convolve`. */
export function recordedConvolution(x: tf.Tensor4D, filter: tf.Tensor4D, options: Convolution): tf.Tensor4D {
  return runOwnKernel(forward, { x, filter }, options);
}

/** The gradient of a convolution for its input, which is also the transposed convolution of dy. */
export function recordedInputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  xShape: Shape4d,
  options: Convolution,
): tf.Tensor4D {
  return runOwnKernel(inputGradient, { dy, filter }, { ...options, xShape });
}

function recordedFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: Shape4d,
  options: Convolution,
): tf.Tensor4D {
  return runOwnKernel(filterGradient, { x, dy }, { ...options, filterShape });
}

tf.registerGradient({
  kernelName: forward,
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, saved, attributes) => {
    const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
    const options = attributes as unknown as Convolution;
    return {
      x: () => recordedInputGradient(dy as tf.Tensor4D, filter, x.shape, options),
      filter: () => recordedFilterGradient(x, dy as tf.Tensor4D, filter.shape, options),
    };
  },
});

tf.registerGradient({
  kernelName: inputGradient,
  inputsToSave: ['dy', 'filter'],
  gradFunc: (ddx, saved, attributes) => {
    const [dy, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
    const options = attributes as unknown as Convolution;
    return {
      dy: () => recordedConvolution(ddx as tf.Tensor4D, filter, options),
      filter: () => recordedFilterGradient(ddx as tf.Tensor4D, dy, filter.shape, options),
    };
  },
});

recordKernel(forward, ({ x, filter }, { recorder, attributes }) => {
  const { strides, pads, groups } = attributes as unknown as Convolution;
  const [records, height, width] = x!.shape as Shape4d;
  const [kernelHeight, kernelWidth, , filters] = filter!.shape as Shape4d;
  const shape: Shape4d = [
    records,
    outputSize(height, kernelHeight, strides[0], pads[0]),
    outputSize(width, kernelWidth, strides[1], pads[1]),
    filters,
  ];
  const weights = recorder.inLayout(filter!, filterLayout(filter!.shape));
  return convolutionNode(recorder, recorder.inLayout(x!, imageLayout(x!.shape)), weights, shape, {
    strides,
    pads,
    groups,
    kernel: [kernelHeight, kernelWidth],
    channels: x!.shape[3]!,
  });
});

recordKernel(inputGradient, ({ dy, filter }, { recorder, attributes }) => {
  const options = attributes as unknown as Convolution & { xShape: Shape4d };
  const { strides, pads, groups, xShape } = options;
  const kernel = filter!.shape.slice(0, 2) as [number, number];
  const gradient = recorder.inLayout(dy!, imageLayout(dy!.shape));
  const weights = recorder.inLayout(filter!, filterLayout(filter!.shape));
  const opposite = kernel.map((size, axis) => pads[axis]!.map((pad) => size - 1 - pad)) as unknown as Pads2d;
  if (strides.every((stride) => stride === 1) && opposite.flat().every((pad) => pad >= 0)) {
    const turned = turnedFilter(recorder, weights, filter!.shape as Shape4d, groups);
    return convolutionNode(recorder, gradient, turned, xShape, {
      strides,
      pads: opposite,
      groups,
      kernel,
      channels: dy!.shape[3]!,
    });
  }
  return transposedNode(recorder, dy!, filter!, xShape, options);
});

/** With fewer positions a record than this, the records of a batch are laid end to end: one long product a tap. */
const fewPositions = 256;

/**
 * One matrix product for each tap of the kernel: the filters of dy, over all positions, by the channels of the input
 * shifted by the tap. Of the ways that were measured on ONNX Runtime (all taps stacked into one product, taps split
 * between the operands, time first, transposed convolution of the two) this was the fastest for every width.
 */
recordKernel(filterGradient, ({ x, dy }, { recorder, attributes }) => {
  const options = attributes as unknown as FilterGradientOptions;
  const { groups, filterShape } = options;
  const [kernelHeight, kernelWidth, channels, filters] = filterShape;
  const [, height, width] = dy!.shape as Shape4d;
  const merged = groups === 1 && height * width <= fewPositions;
  const taps = merged ? mergedTaps(recorder, x!, dy!, options) : separateTaps(recorder, x!, dy!, options);
  const joined = taps.length === 1 ? taps[0]! : recorder.graph.emit('Concat', taps, { axis: { int: 2 } });
  const name = recorder.reshape(joined, [filters, channels, kernelHeight, kernelWidth]);
  return { name, dtype: 'float32', shape: filterShape, layout: filterLayout(filterShape) };
});

type FilterGradientOptions = Convolution & { readonly filterShape: Shape4d };

/** Each record for itself, then summed; the result of every tap is [filter, channel, 1]. */
function separateTaps(
  recorder: Recorder,
  x: RecordedValue,
  dy: RecordedValue,
  options: FilterGradientOptions,
): ValueName[] {
  const { graph } = recorder;
  const { pads, groups, filterShape } = options;
  const [, , channels, filters] = filterShape;
  const [records, height, width] = dy.shape as Shape4d;
  const positions = height * width;
  const padded = zeroPadded(recorder, recorder.inLayout(x, imageLayout(x.shape)), pads);
  const rows = recorder.reshape(recorder.inLayout(dy, imageLayout(dy.shape)), [
    records * groups,
    filters / groups,
    positions,
  ]);
  return shiftedInputs(recorder, padded, x, dy, options).map((shifted) => {
    const window = recorder.reshape(shifted, [records * groups, channels, positions]);
    const product = graph.emit('FusedMatMul', [rows, window], { transB: { int: 1 } }, microsoft);
    const perGroup = recorder.reshape(product, [records, filters, channels, 1]);
    return graph.emit('ReduceSum', [perGroup, graph.integers([0])], { keepdims: { int: 0 } });
  });
}

/** Channels first, so that the positions of all records follow each other. */
function mergedTaps(
  recorder: Recorder,
  x: RecordedValue,
  dy: RecordedValue,
  options: FilterGradientOptions,
): ValueName[] {
  const { graph } = recorder;
  const { pads, filterShape } = options;
  const [, , channels, filters] = filterShape;
  const [records, height, width] = dy.shape as Shape4d;
  const positions = records * height * width;
  const channelsFirst = (value: RecordedValue) =>
    graph.emit('Transpose', [recorder.inLayout(value, imageLayout(value.shape))], {
      perm: { ints: [1, 0, 2, 3] },
    });
  const padded = zeroPadded(recorder, channelsFirst(x), pads);
  const rows = recorder.reshape(channelsFirst(dy), [filters, positions]);
  return shiftedInputs(recorder, padded, x, dy, options).map((shifted) => {
    const window = recorder.reshape(shifted, [channels, positions]);
    const product = graph.emit('Gemm', [rows, window], { transB: { int: 1 } });
    return recorder.reshape(product, [filters, channels, 1]);
  });
}

/** The padded input as each tap of the kernel sees it, row by row of the kernel; its last two axes are spatial. */
function shiftedInputs(
  recorder: Recorder,
  padded: ValueName,
  x: RecordedValue,
  dy: RecordedValue,
  { strides, pads, filterShape: [kernelHeight, kernelWidth] }: FilterGradientOptions,
): ValueName[] {
  const sizes = [dy.shape[1]!, dy.shape[2]!];
  const wholes = [0, 1].map((axis) => x.shape[axis + 1]! + pads[axis]![0] + pads[axis]![1]);
  return Array.from({ length: kernelHeight * kernelWidth }, (_, tap) => {
    const starts = [Math.floor(tap / kernelWidth), tap % kernelWidth];
    const cut = [0, 1].filter((axis) => sizes[axis] !== wholes[axis] || strides[axis] !== 1);
    if (cut.length === 0) return padded;
    return sliceNode(
      recorder,
      padded,
      cut.map((axis) => axis + 2),
      cut.map((axis) => starts[axis]!),
      cut.map((axis) => starts[axis]! + (sizes[axis]! - 1) * strides[axis]! + 1),
      cut.map((axis) => strides[axis]!),
    );
  });
}

function transposedNode(
  recorder: Recorder,
  dy: RecordedValue,
  filter: RecordedValue,
  xShape: Shape4d,
  { strides, pads, groups }: Convolution,
): RecordedValue {
  const kernel = filter.shape.slice(0, 2) as [number, number];
  const rest = [0, 1].map((axis) => {
    const [before, after] = pads[axis]!;
    const reached = (dy.shape[axis + 1]! - 1) * strides[axis]! + kernel[axis]! - before - after;
    return xShape[axis + 1]! - reached;
  });
  const operands = [
    recorder.inLayout(dy, imageLayout(dy.shape)),
    recorder.inLayout(filter, filterLayout(filter.shape)),
  ];
  const name = recorder.graph.emit('ConvTranspose', operands, {
    kernel_shape: { ints: kernel },
    strides: { ints: strides },
    pads: { ints: onnxPads(pads) },
    output_padding: { ints: rest },
    group: { int: groups },
  });
  return { name, dtype: 'float32', shape: xShape, layout: imageLayout(xShape) };
}

interface NodeOptions extends Convolution {
  readonly kernel: readonly [number, number];
  /** Channels of the input. */
  readonly channels: number;
}

function convolutionNode(
  recorder: Recorder,
  x: ValueName,
  weights: ValueName,
  shape: Shape4d,
  { strides, pads, groups, kernel, channels }: NodeOptions,
): RecordedValue {
  const { graph } = recorder;
  const attributes = {
    kernel_shape: { ints: kernel },
    strides: { ints: strides },
    pads: { ints: onnxPads(pads) },
    group: { int: groups },
  };
  const layout = imageLayout(shape);
  if (!worthBlocking(recorder, shape, groups, kernel, channels)) {
    return { name: graph.emit('Conv', [x, weights], attributes), dtype: 'float32', shape, layout };
  }
  const filters = shape[3];
  const blocked = blockedFilter(recorder, weights, [filters, channels, ...kernel]);
  const ordered = graph.emit('ReorderInput', [x], {}, blockedDomain);
  const result = graph.emit('Conv', [ordered, blocked], attributes, blockedDomain);
  const name = graph.emit('ReorderOutput', [result], { channels: { int: filters } }, blockedDomain);
  return { name, dtype: 'float32', shape, layout };
}

/**
 * ONNX Runtime puts a convolution into its blocked layout by itself only when the filter is a constant. With few
 * channels and large kernels over long signals its direct convolution wins by a third, the reordering included.
 */
function worthBlocking(
  { channelBlock }: Recorder,
  [records, height, width, filters]: Shape4d,
  groups: number,
  kernel: readonly [number, number],
  channels: number,
): boolean {
  if (channelBlock === 0 || groups !== 1) return false;
  const whole = channels % channelBlock === 0 && filters % channelBlock === 0;
  const few = Math.max(channels, filters) <= 64;
  return whole && few && kernel[0] * kernel[1] >= 9 && records * height * width >= 4096;
}

/** [out, in, height, width] -> [out block, in block, height, width, in, out], under the shape that it had. */
function blockedFilter(recorder: Recorder, weights: ValueName, shape: readonly number[]): ValueName {
  const [filters, channels, height, width] = shape as Shape4d;
  const block = recorder.channelBlock;
  const parted = [filters / block, block, channels / block, block, height, width];
  const permuted = recorder.graph.emit('Transpose', [recorder.reshape(weights, parted)], {
    perm: { ints: [0, 2, 4, 5, 3, 1] },
  });
  return recorder.reshape(permuted, shape);
}

/** tf.conv2d as it stands, for the listing of tf.js's kernels. */
recordKernel('Conv2D', ({ x, filter }, { recorder, attributes }) => {
  const info = tf.backend_util.computeConv2DInfo(
    x!.shape as Shape4d,
    filter!.shape as Shape4d,
    attributes.strides as [number, number],
    attributes.dilations as [number, number],
    attributes.pad as 'valid' | 'same',
  );
  const weights = recorder.inLayout(filter!, filterLayout(filter!.shape));
  return convolutionNode(recorder, recorder.inLayout(x!, imageLayout(x!.shape)), weights, info.outShape, {
    strides: [info.strideHeight, info.strideWidth],
    pads: padsOf(info.padInfo),
    groups: 1,
    kernel: [info.filterHeight, info.filterWidth],
    channels: info.inChannels,
  });
});

/** tf.conv2dTranspose as it stands. */
recordKernel('Conv2DBackpropInput', ({ dy, filter }, { recorder, attributes }) => {
  const inputShape = attributes.inputShape as Shape4d;
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filter!.shape as Shape4d,
    attributes.strides as [number, number],
    1,
    attributes.pad as 'valid' | 'same',
  );
  return transposedNode(recorder, dy!, filter!, inputShape, {
    strides: [info.strideHeight, info.strideWidth],
    pads: padsOf(info.padInfo),
    groups: 1,
  });
});

function padsOf({ top, bottom, left, right }: tf.backend_util.PadInfo): Pads2d {
  return [
    [top, bottom],
    [left, right],
  ];
}

/** [out, in / groups, height, width] -> [in, out / groups, height, width], turned by 180 degrees. */
function turnedFilter(recorder: Recorder, weights: ValueName, shape: Shape4d, groups: number): ValueName {
  const [kernelHeight, kernelWidth, channels, filters] = shape;
  const { graph } = recorder;
  let swapped: ValueName;
  if (groups === 1) {
    swapped = graph.emit('Transpose', [weights], { perm: { ints: [1, 0, 2, 3] } });
  } else {
    const grouped = recorder.reshape(weights, [
      groups,
      filters / groups,
      channels,
      kernelHeight,
      kernelWidth,
    ]);
    const exchanged = graph.emit('Transpose', [grouped], { perm: { ints: [0, 2, 1, 3, 4] } });
    swapped = recorder.reshape(exchanged, [groups * channels, filters / groups, kernelHeight, kernelWidth]);
  }
  const axes = [2, 3].filter((axis) => shape[axis - 2]! > 1);
  if (axes.length === 0) return swapped;
  return sliceNode(
    recorder,
    swapped,
    axes,
    axes.map(() => -1),
    axes.map(() => Number.MIN_SAFE_INTEGER),
    axes.map(() => -1),
  );
}

function zeroPadded(recorder: Recorder, name: ValueName, pads: Pads2d): ValueName {
  if (pads.flat().every((pad) => pad === 0)) return name;
  const [[top, bottom], [left, right]] = pads;
  return recorder.graph.emit('Pad', [name, recorder.graph.integers([0, 0, top, left, 0, 0, bottom, right])]);
}

/** ONNX lists all pads before, then all after. */
export function onnxPads([[top, bottom], [left, right]]: Pads2d): number[] {
  return [top, left, bottom, right];
}

export function outputSize(
  size: number,
  kernel: number,
  stride: number,
  [before, after]: readonly [number, number],
): number {
  return Math.floor((size + before + after - kernel) / stride) + 1;
}
