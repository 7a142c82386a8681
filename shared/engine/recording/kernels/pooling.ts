import * as tf from '@tensorflow/tfjs-core';
import type { Pads2d } from '../../operations/convolution.ts';
import type { Pooling } from '../../operations/max-pool.ts';
import type { ValueName } from '../graph-builder.ts';
import { sizeOf } from '../recorded-value.ts';
import type { Recorder } from '../recorder.ts';
import { recordKernel, runOwnKernel } from '../recording-backend.ts';
import { imageLayout, onnxPads, outputSize } from './convolution.ts';

type Shape4d = [number, number, number, number];

const forward = 'SystoleMaxPool';
const gradient = 'SystoleMaxPoolGradient';

/** Max pooling with explicit pads, recorded. Where values tie, the first takes the gradient, as in PyTorch. */
export function recordedMaxPool(x: tf.Tensor4D, options: Pooling): tf.Tensor4D {
  const [y] = runOwnKernel<tf.Tensor[]>(forward, { x }, { ...options, xShape: x.shape });
  return y as tf.Tensor4D;
}

tf.registerGradient({
  kernelName: forward,
  outputsToSave: [false, true],
  gradFunc: (dys, saved, attributes) => {
    const [dy] = dys as tf.Tensor[];
    const [places] = saved;
    return { x: () => runOwnKernel(gradient, { dy: dy!, places: places! }, attributes) };
  },
});

/** The second output says where each largest value was: its index in the whole of x as it lies in the graph. */
recordKernel(forward, ({ x }, { recorder, attributes }) => {
  const { size, strides, pads } = attributes as unknown as Pooling;
  const [records, height, width, channels] = x!.shape as Shape4d;
  const shape: Shape4d = [
    records,
    outputSize(height, size[0], strides[0], pads[0]),
    outputSize(width, size[1], strides[1], pads[1]),
    channels,
  ];
  const names = recorder.graph.emitMany(
    'MaxPool',
    [recorder.inLayout(x!, imageLayout(x!.shape))],
    { kernel_shape: { ints: size }, strides: { ints: strides }, pads: { ints: onnxPads(pads) } },
    2,
  );
  const layout = imageLayout(shape);
  return [
    { name: names[0]!, dtype: 'float32', shape, layout },
    { name: names[1]!, dtype: 'int32', shape, layout },
  ];
});

recordKernel(gradient, ({ dy, places }, { recorder, attributes }) => {
  const { size, strides, pads, xShape } = attributes as unknown as Pooling & { xShape: Shape4d };
  const { graph } = recorder;
  const layout = imageLayout(xShape);
  const physical = [xShape[0], xShape[3], xShape[1], xShape[2]];
  const values = recorder.inLayout(dy!, imageLayout(dy!.shape));
  const apart = size.every((length, axis) => length <= strides[axis]!) && unpadded(pads);
  const free = recorder.isFree(xShape[0]);
  const whole = size.every(
    (length, axis) => (dy!.shape[axis + 1]! - 1) * strides[axis]! + length === xShape[axis + 1],
  );
  if (apart && (whole || !free)) {
    // The output's shape, where it is not what the operator infers; a free batch cannot be named in it.
    const outputShape = free ? [] : [graph.integers(physical)];
    const name = graph.emit('MaxUnpool', [values, places!.name, ...outputShape], {
      kernel_shape: { ints: size },
      strides: { ints: strides },
    });
    return { name, dtype: 'float32', shape: xShape, layout };
  }
  const zeros = free
    ? zerosLike(recorder, values, sizeOf(xShape.slice(1)))
    : graph.emit('Expand', [graph.scalar(0), graph.integers([sizeOf(xShape)])]);
  const flat = [
    graph.emit('Reshape', [places!.name, graph.integers([-1])]),
    graph.emit('Reshape', [values, graph.integers([-1])]),
  ];
  const sums = graph.emit('ScatterElements', [zeros, ...flat], {
    axis: { int: 0 },
    reduction: { string: 'add' },
  });
  return { name: recorder.reshape(sums, physical), dtype: 'float32', shape: xShape, layout };
});

/** As many zeros as a free batch of records of `size` values has; the batch is the first dimension of `values`. */
function zerosLike({ graph }: Recorder, values: ValueName, size: number): ValueName {
  const batch = graph.emit('Shape', [values], { start: { int: 0 }, end: { int: 1 } });
  return graph.emit('Expand', [graph.scalar(0), graph.emit('Mul', [batch, graph.integers([size])])]);
}

/** Pooling forward; tf.maxPool as it stands is here for the listing of tf.js's kernels. */
for (const [kernel, operator] of [
  ['MaxPool', 'MaxPool'],
  ['AvgPool', 'AveragePool'],
] as const) {
  recordKernel(kernel, ({ x }, { recorder, attributes }) => {
    const { size, strides } = windows(attributes);
    const [records, height, width, channels] = x!.shape as Shape4d;
    const none = [0, 0] as const;
    const shape = [
      records,
      outputSize(height, size[0], strides[0], none),
      outputSize(width, size[1], strides[1], none),
      channels,
    ];
    const name = recorder.graph.emit(operator, [recorder.inLayout(x!, imageLayout(x!.shape))], {
      kernel_shape: { ints: size },
      strides: { ints: strides },
    });
    return { name, dtype: 'float32', shape, layout: imageLayout(shape) };
  });
}

/** Every value of dy goes, divided by the window's size, to all of its window. */
recordKernel('AvgPoolGrad', ({ dy, input }, { recorder, attributes }) => {
  const { size, strides } = windows(attributes);
  const { graph } = recorder;
  const shape = input!.shape as Shape4d;
  const channels = shape[3];
  const share = graph.scalar(1 / (size[0] * size[1]));
  const weights = graph.emit('Expand', [share, graph.integers([channels, 1, ...size])]);
  const rest = [0, 1].map(
    (axis) => shape[axis + 1]! - ((dy!.shape[axis + 1]! - 1) * strides[axis]! + size[axis]!),
  );
  const name = graph.emit('ConvTranspose', [recorder.inLayout(dy!, imageLayout(dy!.shape)), weights], {
    kernel_shape: { ints: size },
    strides: { ints: strides },
    output_padding: { ints: rest },
    group: { int: channels },
  });
  return { name, dtype: 'float32', shape, layout: imageLayout(shape) };
});

function windows(attributes: Readonly<Record<string, unknown>>): {
  size: [number, number];
  strides: [number, number];
} {
  const pair = (value: unknown) => (typeof value === 'number' ? [value, value] : value) as [number, number];
  if (attributes.pad !== 'valid') throw new Error('tf.js pooling is recorded without padding only.');
  return { size: pair(attributes.filterSize), strides: pair(attributes.strides) };
}

function unpadded(pads: Pads2d): boolean {
  return pads.flat().every((pad) => pad === 0);
}
