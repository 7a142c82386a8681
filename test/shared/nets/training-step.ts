import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { adam } from '../../../shared/learning/optimizers/adam.ts';
import { buildNet } from '../../../shared/nets/build-net.ts';
import { type NetConfiguration, netSchema } from '../../../shared/nets/configuration.ts';
import { Parameters } from '../../../shared/nets/parameters.ts';
import { namedUniform } from '../../reference.ts';

const records = 4;
const classes = 3;

/** Trains a net on one batch: every parameter must move, and the loss fall. */
export async function expectToLearn(engine: Engine, options: object): Promise<void> {
  const configuration = netSchema.parse(options);
  const net = buildNet(configuration, classes);
  const inputShape = [records, ...net.input.shape.slice(1)];
  const outputShape = configuration.name === 'unet' ? [records, 32, 32, classes] : [records, classes];
  const parameters = new Parameters(5);
  const step = await engine.compileStep({
    loss: ({ x, labels }, pass) => {
      const logits = net.forward(pass, x!);
      return { loss: tf.neg(tf.mean(tf.mul(labels!, tf.logSoftmax(logits)))) as tf.Scalar };
    },
    parameters,
    optimizer: adam({ weightDecay: 0, decays: () => false }),
    inputs: {
      x: { shape: inputShape, dtype: 'float32' },
      labels: { shape: outputShape, dtype: 'float32' },
    },
    seed: 1,
  });
  const before = await parameters.values();
  const x = inputOf(configuration, size(inputShape));
  const labels = Float32Array.from({ length: size(outputShape) }, (_, i) =>
    i % classes === Math.floor(i / classes) % classes ? 1 : 0,
  );
  const losses: number[] = [];
  for (let i = 0; i < 6; i++) losses.push((await step.run({ x, labels }, { learningRate: 1e-3 })).loss);
  const { parameters: after } = await step.state();
  await step.dispose();
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(losses.at(-1)!).toBeLessThan(losses[0]!);
  const still = [...after].filter(([name, { data }]) =>
    data.every((v, i) => v === before.get(name)!.data[i]),
  );
  expect(still.map(([name]) => name)).toEqual([]);
  parameters.dispose();
}

function inputOf({ name }: NetConfiguration, length: number): Float32Array {
  const grey = name === 'vgg' || name === 'unet';
  return Float32Array.from(namedUniform('x', length), (u) => (grey ? 255 * u : 2 * u - 1));
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}
