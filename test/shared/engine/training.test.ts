import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Engine, StepDefinition, TrainingState } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import type { Optimizer } from '../../../shared/engine/optimizer.ts';
import * as layers from '../../../shared/nets/layers.ts';
import { Parameters } from '../../../shared/nets/parameters.ts';
import { largestDifference, someValues } from './compared-engines.ts';

/** Momentum, with a scalar that changes from step to step. */
const momentum: Optimizer = {
  name: 'momentum',
  slots: ['velocity'],
  scalars: (step, learningRate) => ({ rate: learningRate / Math.sqrt(step) }),
  update({ value, gradient }, { velocity }, { rate }) {
    const next = tf.add(tf.mul(velocity!, 0.9), gradient);
    return { value: tf.sub(value, tf.mul(next, rate!)), slots: { velocity: next } };
  },
};

/** A small residual net with batch norm, pooling and dropout. */
function definition(parameters: Parameters, seed = 11): StepDefinition {
  return {
    parameters,
    optimizer: momentum,
    seed,
    inputs: {
      x: { shape: [4, 16, 3], dtype: 'float32' },
      labels: { shape: [4, 2], dtype: 'float32' },
    },
    loss({ x, labels }, pass) {
      const start = layers.conv1d(pass, x as tf.Tensor3D, 'conv1', {
        filters: 8,
        kernel: 5,
        padding: 'same',
        bias: false,
      });
      const inner = tf.relu(layers.batchNorm(pass, start, 'bn1'));
      const y = layers.conv1d(pass, layers.dropout(pass, inner, 0.3), 'conv2', {
        filters: 8,
        kernel: 5,
        padding: 'same',
      });
      const pooled = layers.globalMax(layers.maxPool1d(tf.add(y, start), { size: 2 }));
      const logits = layers.dense(pass, layers.dropout(pass, pooled, 0.2), 'linear', { units: 2 });
      const error = tf.sub(tf.softplus(logits), tf.mul(labels!, logits));
      return { loss: tf.mean(error) as tf.Scalar, logits };
    },
  };
}

const x = someValues(4 * 16 * 3);
const labels = Float32Array.of(1, 0, 0, 1, 1, 1, 0, 0);

async function train(engine: Engine, steps: number, seed?: number) {
  const step = await engine.compileStep(definition(new Parameters(2), seed));
  const losses = [];
  for (let i = 0; i < steps; i++) losses.push((await step.run({ x, labels }, { learningRate: 0.1 })).loss);
  return { losses, state: await step.state(), step };
}

function flat({ parameters, slots }: TrainingState): Float32Array {
  return Float32Array.from([...parameters.values(), ...slots.values()].flatMap(({ data }) => [...data]));
}

describe('training', async () => {
  const onnx = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });

  it.each(['onnxruntime-node', 'onnxruntime-web'] as const)(
    'eight steps on %s equal eight steps on tf.js, dropout masks included',
    async (name) => {
      const expected = await train(await openEngine({ prefer: 'tfjs-cpu' }), 8);
      const actual = await train(await openEngine({ prefer: name, threads: 1 }), 8);
      expect(largestDifference(actual.losses, expected.losses)).toBeLessThan(1e-5);
      expect(largestDifference(flat(actual.state), flat(expected.state))).toBeLessThan(1e-5);
      expect(actual.losses.at(-1)).toBeLessThan(actual.losses[0]!);
    },
  );

  it('gives the same weights for the same seed bit for bit, and others for another', async () => {
    const [first, again, other] = [await train(onnx, 5), await train(onnx, 5), await train(onnx, 5, 12)];
    expect(flat(again.state)).toEqual(flat(first.state));
    expect(flat(other.state)).not.toEqual(flat(first.state));
  });

  it.each(['onnxruntime-node', 'tfjs-cpu'] as const)(
    'goes on from a state on %s as if it had not stopped',
    async (name) => {
      const engine = await openEngine({ prefer: name, threads: 1 });
      const whole = await train(engine, 6);
      const half = await train(engine, 3);
      const resumed = await engine.compileStep(definition(new Parameters(99)));
      resumed.restore(half.state);
      for (let i = 3; i < 6; i++) await resumed.run({ x, labels }, { learningRate: 0.1 });
      const state = await resumed.state();
      expect(state.step).toBe(6);
      expect(flat(state)).toEqual(flat(whole.state));
    },
  );

  it.each(['onnxruntime-node', 'tfjs-cpu'] as const)(
    'leaves the net alone on %s until its parameters are synchronized',
    async (name) => {
      const engine = await openEngine({ prefer: name, threads: 1 });
      const parameters = new Parameters(2);
      const step = await engine.compileStep(definition(parameters));
      const before = await parameters.values();
      await step.run({ x, labels }, { learningRate: 0.1 });
      expect(await parameters.values()).toEqual(before);
      await step.syncParameters();
      expect(await parameters.values()).toEqual((await step.state()).parameters);
      expect(await parameters.values()).not.toEqual(before);
      await step.dispose();
    },
  );

  it('names the input that is missing, unknown, of another type or length', async () => {
    const step = await onnx.compileStep(definition(new Parameters(2)));
    const run = (batch: Record<string, Float32Array | Uint8Array>) => step.run(batch, { learningRate: 0.1 });
    await expect(run({ x })).rejects.toThrow(/labels is missing/);
    await expect(run({ x, labels, z: x })).rejects.toThrow(/no input named z/);
    await expect(run({ x, labels: new Uint8Array(8) })).rejects.toThrow(/labels must be a Float32Array/);
    await expect(run({ x: x.subarray(1), labels })).rejects.toThrow(/x of shape \[4,16,3\] is given 191/);
  });

  it('names what a training state lacks or holds in another shape', async () => {
    const { step, state } = await train(onnx, 1);
    const parameters = new Map(state.parameters);
    parameters.delete('conv2.bias');
    expect(() => step.restore({ ...state, parameters })).toThrow(/lacks conv2.bias/);
    parameters.set('conv2.bias', { shape: [9], data: new Float32Array(9) });
    expect(() => step.restore({ ...state, parameters })).toThrow(/conv2.bias has shape \[8\]/);
  });

  it('leaves no tensor behind in tf.js', async () => {
    const parameters = new Parameters(2);
    const step = await onnx.compileStep(definition(parameters));
    const before = tf.memory().numTensors;
    const again = await onnx.compileStep(definition(parameters));
    await Promise.all([step.dispose(), again.dispose()]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('opening an engine', () => {
  it('takes ONNX Runtime where TensorFlow is not installed', async () => {
    expect((await openEngine()).name).toBe('onnxruntime-node');
  });

  it('says which engine could not be opened', async () => {
    await expect(openEngine({ prefer: 'tfjs-node-gpu' })).rejects.toThrow(/tfjs-node-gpu/);
  });
});
