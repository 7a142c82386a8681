import type * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { Engine, ForwardDefinition, InputSpecs, Values } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import type { Optimizer } from '../../../shared/engine/optimizer.ts';
import type { NamedArray, Pass } from '../../../shared/engine/pass.ts';
import { Parameters } from '../../../shared/nets/parameters.ts';
import type { LayerCase } from './layer-cases.ts';

/** Leaves the parameters as they are and keeps their gradients as slots, where a test can read them. */
export const gradientsOnly: Optimizer = {
  name: 'gradients-only',
  slots: ['gradient'],
  scalars: () => ({}),
  update: ({ value, gradient }) => ({ value, slots: { gradient } }),
};

export type Loss = (
  inputs: Record<string, tf.Tensor>,
  pass: Pass,
) => { loss: tf.Scalar } & Record<string, tf.Tensor>;

export interface Case {
  readonly loss: Loss;
  readonly inputs?: InputSpecs;
  readonly values?: Record<string, Values>;
}

/** Loss, outputs, gradients and what became of the parameters after one step. */
export async function oneStep(engine: Engine, { loss, inputs = {}, values = {} }: Case) {
  const parameters = new Parameters(7);
  const step = await engine.compileStep({ loss, parameters, optimizer: gradientsOnly, inputs, seed: 3 });
  const result = await step.run(values, { learningRate: 0 });
  const state = await step.state();
  await step.dispose();
  parameters.dispose();
  const named = new Map<string, Float32Array>();
  for (const [name, { data }] of Object.entries(result.outputs)) named.set(name, Float32Array.from(data));
  for (const [name, { data }] of state.parameters) named.set(name, data);
  for (const [name, { data }] of state.slots) named.set(name, data);
  return { loss: result.loss, named };
}

/** Runs one step on tf.js's JavaScript backend and on ONNX Runtime, and holds everything against each other. */
export async function expectSameStep(one: Case, tolerance = 2e-5): Promise<void> {
  const expected = await oneStep(await openEngine({ prefer: 'tfjs-cpu' }), one);
  const actual = await oneStep(await openEngine({ prefer: 'onnxruntime-node', threads: 1 }), one);
  expect(Math.abs(actual.loss - expected.loss)).toBeLessThanOrEqual(
    tolerance * Math.max(1, Math.abs(expected.loss)),
  );
  expect([...actual.named.keys()].sort()).toEqual([...expected.named.keys()].sort());
  for (const [name, values] of expected.named) {
    const difference = largestDifference(actual.named.get(name)!, values);
    expect(difference, `${name} differs`).toBeLessThanOrEqual(tolerance);
  }
}

/** Largest difference, as a share of the largest value. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let scale = 1e-6;
  let difference = actual.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i]!));
    difference = Math.max(difference, Math.abs(actual[i]! - expected[i]!));
    if (!Number.isFinite(actual[i]!)) return Number.POSITIVE_INFINITY;
  }
  return difference / scale;
}

/** Values between -1 and 1 that repeat nowhere. */
export function someValues(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * i + 1));
}

export function definitionOf({ shape, build }: LayerCase, parameters: Parameters): ForwardDefinition {
  return {
    forward: ({ x }, pass) => ({ y: build(pass, x as tf.Tensor) }),
    parameters,
    inputs: { x: { shape, dtype: 'float32' } },
  };
}

/** Parameters of a case whose running averages are not those of a new net. */
export async function usedParameters(engine: Engine, one: LayerCase): Promise<Parameters> {
  const parameters = new Parameters(7);
  const compiled = await engine.compileForward(definitionOf(one, parameters));
  await compiled.run({ x: someValues(size(one.shape)) });
  await compiled.dispose();
  const moved = new Map<string, NamedArray>();
  for (const [name, { shape, data }] of await parameters.values()) {
    const running = /running_(mean|var)$/.test(name);
    moved.set(name, { shape, data: running ? data.map((value, i) => value + 0.1 * (i + 1)) : data });
  }
  parameters.load(moved);
  return parameters;
}

export function size(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
