import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { normal, uniform } from '../../../shared/nets/initializers.ts';
import { Parameters } from '../../../shared/nets/parameters.ts';
import { expectSameStep, gradientsOnly, oneStep } from './compared-engines.ts';

type Operation = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;

/** On x and y, both [2, 3, 4] with values of both signs. */
const operations: Record<string, Operation> = {
  'abs (its gradient is a step with alpha -1)': (x) => tf.abs(x),
  add: (x, y) => tf.add(x, y),
  'add of a vector': (x, y) => tf.add(x, tf.slice(y, [0, 0, 0], [1, 1, 4])),
  'add of outer parts': (x, y) =>
    tf.add(tf.slice(x, [0, 0, 0], [2, 1, 4]), tf.slice(y, [0, 0, 0], [2, 3, 1])),
  addN: (x, y) => tf.addN([x, y, x]),
  clipByValue: (x) => tf.clipByValue(x, -0.5, 0.7),
  concat: (x, y) => tf.concat([x, y, x], 1),
  cos: (x) => tf.cos(x),
  div: (x, y) => tf.div(x, tf.add(tf.square(y), 1)),
  elu: (x) => tf.elu(x),
  erf: (x) => tf.erf(x),
  exp: (x) => tf.exp(x),
  expm1: (x) => tf.expm1(x),
  leakyRelu: (x) => tf.leakyRelu(x, 0.1),
  log: (x) => tf.log(tf.add(tf.square(x), 0.5)),
  log1p: (x) => tf.log1p(tf.square(x)),
  logSigmoid: (x) => tf.logSigmoid(x),
  logSoftmax: (x) => tf.logSoftmax(x),
  'matMul of batches': (x, y) => tf.matMul(x, y, false, true),
  'matMul of transposed batches': (x, y) => tf.matMul(x, y, true, false),
  'matMul of views': (x, y) => tf.matMul(tf.transpose(x, [0, 2, 1]), tf.transpose(y, [0, 2, 1]), false, true),
  max: (x) => tf.max(x, 1),
  'max, kept': (x) => tf.max(x, [0, 2], true),
  maximum: (x, y) => tf.maximum(x, y),
  mean: (x) => tf.mean(x, [0, 2]),
  min: (x) => tf.min(x, -1),
  minimum: (x, y) => tf.minimum(x, y),
  mul: (x, y) => tf.mul(x, y),
  neg: (x) => tf.neg(x),
  norm: (x) => tf.norm(x, 2, 1),
  pad: (x) =>
    tf.pad(
      x,
      [
        [0, 1],
        [2, 0],
        [1, 1],
      ],
      0.25,
    ),
  'pad of an axis of one': (x) =>
    tf.pad(tf.reshape(x, [6, 1, 4]), [
      [0, 0],
      [1, 2],
      [0, 0],
    ]),
  pow: (x, y) => tf.pow(tf.add(tf.abs(x), 0.5), y),
  prelu: (x, y) => tf.prelu(x, tf.slice(y, [0, 0, 0], [1, 1, 4])),
  reciprocal: (x) => tf.reciprocal(tf.add(tf.square(x), 1)),
  relu6: (x) => tf.relu6(tf.mul(x, 8)),
  'reshape that merges and splits': (x) => tf.square(tf.reshape(x, [4, 6])),
  'reshape of a transposed tensor': (x, y) =>
    tf.mul(tf.reshape(tf.transpose(x, [2, 0, 1]), [8, 3]), tf.reshape(y, [8, 3])),
  reverse: (x, y) => tf.mul(tf.reverse(x, [1]), y),
  rsqrt: (x) => tf.rsqrt(tf.add(tf.square(x), 0.5)),
  sigmoid: (x) => tf.sigmoid(x),
  sin: (x) => tf.sin(x),
  slice: (x) => tf.square(tf.slice(x, [0, 1, 1], [2, 2, 2])),
  'softmax along the last axis of a transposed tensor': (x) => tf.softmax(tf.transpose(x, [0, 2, 1])),
  softplus: (x) => tf.softplus(x),
  split: (x) => {
    const [a, b] = tf.split(x, [1, 3], 2);
    return tf.mul(a!, b!);
  },
  sqrt: (x) => tf.sqrt(tf.add(tf.square(x), 0.5)),
  squaredDifference: (x, y) => tf.squaredDifference(x, y),
  stack: (x, y) => tf.stack([x, y], 2),
  sub: (x, y) => tf.sub(x, y),
  'sum of what is broadcast': (x) => tf.sum(tf.mul(tf.tile(tf.sum(x, 1, true), [1, 5, 1]), 2), 1),
  tanh: (x) => tf.tanh(x),
  tile: (x, y) => tf.mul(tf.tile(x, [1, 2, 1]), tf.concat([y, x], 1)),
  unstack: (x) => tf.mul(tf.unstack(x, 1)[0]!, tf.unstack(x, 1)[2]!),
  where: (x, y) => tf.where(tf.tensor1d([1, 0, 0, 1], 'bool'), tf.square(x), y),
};

/** Where tf.js has no gradient, or none that can be compared: values only. */
const withoutGradient: Record<string, Operation> = {
  argMax: (x) => tf.cast(tf.argMax(x, 1), 'float32'),
  argMin: (x) => tf.cast(tf.argMin(x, 2), 'float32'),
  all: (x) => tf.cast(tf.all(tf.greater(x, -1), 1), 'float32'),
  any: (x) => tf.cast(tf.any(tf.greater(x, 1), 1), 'float32'),
  gather: (x) => tf.gather(x, tf.tensor1d([2, 0], 'int32'), 1),
  oneHot: (x) => tf.oneHot(tf.cast(tf.greater(x, 0), 'int32'), 3),
  sign: (x) => tf.sign(x),
  stridedSlice: (x) => tf.stridedSlice(x, [0, 0, 0], [2, 3, 4], [1, 2, 3]),
  'logical operations and comparisons': (x, y) => {
    const inside = tf.logicalAnd(tf.lessEqual(x, 1), tf.greaterEqual(x, -1));
    const chosen = tf.logicalOr(inside, tf.logicalNot(tf.notEqual(y, y)));
    return tf.mul(x, tf.cast(chosen, 'float32'));
  },
  rounding: (x) => tf.add(tf.floor(x), tf.mul(tf.ceil(x), tf.round(x))),
};

function lossOf(operation: Operation) {
  return (_: unknown, pass: { parameters: Pick<Parameters, 'get'> }) => {
    const [x, y] = ['x', 'y'].map((name) => pass.parameters.get(name, [2, 3, 4], normal(1)));
    const z = operation(x!, y!);
    const weights = pass.parameters.get('loss weights', z.shape, uniform(1), { trainable: false });
    return { loss: tf.sum(tf.mul(z, weights)) as tf.Scalar, z };
  };
}

describe('a recorded operation and its gradient equal the eager ones', () => {
  it.each(Object.entries(operations))('%s', async (_, operation) => {
    await expectSameStep({ loss: lossOf(operation) });
  });

  it.each(Object.entries(withoutGradient))('%s (values)', async (_, operation) => {
    await expectSameStep({
      loss: (inputs, pass) => {
        const step = lossOf((x, y) => operation(x, y))(inputs, pass);
        return { loss: tf.sum(pass.parameters.get('x', [2, 3, 4], normal(1))), z: step.z };
      },
    });
  });
});

describe('gradients against finite differences', () => {
  /** No two values so near that a small step changes which is larger. */
  const spaced = () => Float32Array.from({ length: 64 }, (_, i) => ((37 * i) % 64) / 16);
  const image = (pass: { parameters: Pick<Parameters, 'get'> }, offset: number) =>
    tf.add(pass.parameters.get('x', [2, 4, 4, 2], spaced), offset) as tf.Tensor4D;

  it.each([
    ['max pool of windows that are all negative', 'maxPool2d', { size: 2 }, -9],
    ['overlapping max pool of negative values', 'maxPool2d', { size: 3, stride: 2, padding: 'same' }, -9],
    ['upsampling of more than one record', 'upsample2d', 2, 0],
  ] as const)('%s', async (_, layer, option, offset) => {
    const layers = await import('../../../shared/nets/layers.ts');
    const engine = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });
    const loss = (_inputs: unknown, pass: { parameters: Pick<Parameters, 'get'> }) => {
      const x = image(pass, offset);
      const y =
        layer === 'maxPool2d' ? layers.maxPool2d(x, option as { size: number }) : layers.upsample2d(x, 2);
      const weights = pass.parameters.get('loss weights', y.shape, uniform(1), { trainable: false });
      return { loss: tf.sum(tf.mul(y, weights)) as tf.Scalar };
    };
    const parameters = new Parameters(5);
    const step = await engine.compileStep({
      loss,
      parameters,
      optimizer: gradientsOnly,
      inputs: {},
      seed: 1,
    });
    const run = async () => (await step.run({}, { learningRate: 0 })).loss;
    await run();
    const state = await step.state();
    const gradient = state.slots.get('x/gradient')!.data;
    const width = 1 / 64;
    for (let i = 0; i < gradient.length; i += 5) {
      const losses = [];
      for (const sign of [-1, 1]) {
        const { shape, data } = state.parameters.get('x')!;
        const moved = data.map((value, at) => (at === i ? value + sign * width : value));
        step.restore({ ...state, parameters: new Map(state.parameters).set('x', { shape, data: moved }) });
        losses.push(await run());
      }
      expect((losses[1]! - losses[0]!) / (2 * width)).toBeCloseTo(gradient[i]!, 2);
    }
    await step.dispose();
  });
});

describe('what cannot be recorded is refused by name', () => {
  const refused = async (operation: Operation) => {
    const engine = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });
    return oneStep(engine, { loss: lossOf(operation) });
  };

  it('a large constant with different values, such as the mask of tf.dropout', async () => {
    const mask = Float32Array.from({ length: 24 * 128 }, (_, i) => i % 2);
    await expect(
      refused((x) => tf.mul(tf.tile(tf.reshape(x, [24, 1]), [1, 128]), tf.tensor2d(mask, [24, 128]))),
    ).rejects.toThrow(/constant of shape \[24,128\]/);
  });

  it('a look at values', async () => {
    await expect(refused((x) => tf.mul(x, x.dataSync()[0]!))).rejects.toThrow(/look at values/);
  });

  it('an operation without a recorded kernel', async () => {
    await expect(refused((x) => tf.cumsum(x))).rejects.toThrow(/Cumsum/);
  });
});
