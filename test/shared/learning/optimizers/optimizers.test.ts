import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Optimizer } from '../../../../shared/engine/optimizer.ts';
import { adam } from '../../../../shared/learning/optimizers/adam.ts';
import { adamW } from '../../../../shared/learning/optimizers/adam-w.ts';
import { exceptBatchNorm } from '../../../../shared/learning/optimizers/decays.ts';
import { sgd } from '../../../../shared/learning/optimizers/sgd.ts';
import { hasReference, namedValues, readReference } from '../../../reference.ts';

interface OptimizersReference {
  optimizers: {
    parameter: { name: string; shape: [number] };
    gradients: string[];
    adamL2: { learningRate: number; weightDecay: number; afterEachStep: number[][] };
    adamW: { learningRate: number; weightDecay: number; afterEachStep: number[][] };
  };
}

/** Runs an optimizer outside any engine; the values after each step. */
function follow(optimizer: Optimizer, start: Float32Array, gradients: Float32Array[], learningRate: number) {
  let value: tf.Tensor = tf.tensor1d(start);
  let slots = Object.fromEntries(optimizer.slots.map((slot) => [slot, tf.zerosLike(value) as tf.Tensor]));
  return gradients.map((gradient, i) => {
    const scalars = Object.fromEntries(
      Object.entries(optimizer.scalars(i + 1, learningRate)).map(([name, number]) => [
        name,
        tf.scalar(number),
      ]),
    );
    const next = optimizer.update({ name: 'w', value, gradient: tf.tensor1d(gradient) }, slots, scalars);
    ({ value, slots } = next);
    return Array.from(value.dataSync());
  });
}

const decays = () => true;

describe.skipIf(!hasReference)('optimizers against PyTorch (needs ../shared/reference)', () => {
  const { optimizers } = hasReference
    ? readReference<OptimizersReference>('training/losses-schedules-optimizers.json')
    : ({} as OptimizersReference);
  const start = () => namedValues(optimizers.parameter);
  const gradients = () =>
    optimizers.gradients.map((name) => namedValues({ name, shape: optimizers.parameter.shape }));

  it.each([
    ['adamL2', adam],
    ['adamW', adamW],
  ] as const)('%s', (name, make) => {
    const { learningRate, weightDecay, afterEachStep } = optimizers[name];
    const ours = follow(make({ weightDecay, decays }), start(), gradients(), learningRate);
    ours.forEach((values, step) => {
      values.forEach((value, i) => {
        expect(Math.abs(value - afterEachStep[step]![i]!)).toBeLessThan(2e-7);
      });
    });
  });
});

describe('sgd', () => {
  const options = { momentum: 0.9, weightDecay: 0, decays };

  it('looks ahead with Nesterov: the recurrence written out', () => {
    const [first, second] = follow(
      sgd({ ...options, nesterov: true }),
      Float32Array.of(1),
      [Float32Array.of(0.5), Float32Array.of(-0.25)],
      0.1,
    );
    // velocity 0.5; step 0.5 + 0.9 * 0.5.
    expect(first![0]).toBeCloseTo(1 - 0.1 * 0.95, 6);
    // velocity 0.9 * 0.5 - 0.25 = 0.2; step -0.25 + 0.9 * 0.2.
    expect(second![0]).toBeCloseTo(first![0]! - 0.1 * (-0.25 + 0.18), 6);
  });

  it('is heavy-ball momentum without, and decays what it is told to', () => {
    const gradients = [Float32Array.of(0.5), Float32Array.of(-0.25)];
    const plain = follow(sgd({ ...options, nesterov: false }), Float32Array.of(1), gradients, 0.1);
    expect(plain[1]![0]).toBeCloseTo(1 - 0.05 - 0.1 * 0.2, 6);
    const decayed = follow(
      sgd({ ...options, nesterov: false, weightDecay: 0.1 }),
      Float32Array.of(1),
      gradients,
      0.1,
    );
    expect(decayed[0]![0]).toBeCloseTo(1 - 0.1 * (0.5 + 0.1), 6);
  });
});

describe('weight decay', () => {
  it('leaves out batch norms and nothing else', () => {
    const excepted = exceptBatchNorm(
      new Set(['conv1.1.weight', 'bn1.weight', 'bn1.bias', 'bn1.running_mean', 'linear.bias']),
    );
    expect(['conv1.1.weight', 'bn1.weight', 'bn1.bias', 'linear.bias'].map(excepted)).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });

  it('changes only the parameters that decay', () => {
    const run = (decay: boolean) =>
      follow(
        adamW({ weightDecay: 0.1, decays: () => decay }),
        Float32Array.of(1),
        [Float32Array.of(0)],
        0.1,
      )[0]![0];
    expect(run(true)).toBeCloseTo(0.99, 6);
    expect(run(false)).toBe(1);
  });
});
