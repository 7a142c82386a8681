import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { exportOnnx } from '../../../shared/engine/onnx/export-onnx.ts';
import { encodeModel } from '../../../shared/engine/onnx/model.ts';
import { openRuntime } from '../../../shared/engine/onnx/runtime.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { recordForward } from '../../../shared/engine/recording/record-forward.ts';
import { exportTfjs, type TfjsModel } from '../../../shared/engine/tensorflow/export-tfjs.ts';
import * as layers from '../../../shared/nets/layers.ts';
import { definitionOf, largestDifference, size, someValues, usedParameters } from './compared-engines.ts';
import { forwardCases, layerCases } from './layer-cases.ts';

let eager: Engine;
beforeAll(async () => {
  eager = await openEngine({ prefer: 'tfjs-cpu' });
});

async function loaded({ model, shards }: TfjsModel): Promise<GraphModel> {
  const artifacts: tf.io.ModelArtifacts = {
    // Through JSON, as it goes through a file.
    ...(JSON.parse(JSON.stringify(model)) as object),
    weightSpecs: model.weightsManifest.flatMap(({ weights }) => weights) as tf.io.WeightsManifestEntry[],
    weightData: new Uint8Array(Buffer.concat([...shards.values()])).buffer,
  };
  return loadGraphModel({ load: async () => artifacts }) as Promise<GraphModel>;
}

describe('a tf.js model, loaded by tfjs-converter, answers as the net does', () => {
  it.each(Object.entries(forwardCases))('%s', async (_, one) => {
    const parameters = await usedParameters(eager, one);
    const [records, ...rest] = one.shape;
    const exported = await exportTfjs({ ...definitionOf(one, parameters), batch: 'free' });
    const model = await loaded(exported);
    for (const batch of [1, records! + 1]) {
      const shape = [batch, ...rest];
      const x = someValues(size(shape));
      const definition = {
        ...definitionOf(one, parameters),
        inputs: { x: { shape, dtype: 'float32' as const } },
      };
      const expected = (await (await eager.compileForward(definition)).run({ x })).y!;
      await tf.setBackend('cpu');
      const y = model.predict({ x: tf.tensor(x, shape) }) as tf.Tensor;
      expect(y.shape).toEqual(expected.shape);
      expect(largestDifference(await y.data(), expected.data)).toBeLessThan(1e-6);
    }
    model.dispose();
    parameters.dispose();
  });

  it('with half-precision weights, to the precision of these', async () => {
    const one = layerCases['conv1d, same']!;
    const parameters = await usedParameters(eager, one);
    const definition = definitionOf(one, parameters);
    const x = someValues(size(one.shape));
    const expected = (await (await eager.compileForward(definition)).run({ x })).y!;
    const model = await loaded(await exportTfjs(definition, { weights: 'float16' }));
    await tf.setBackend('cpu');
    const y = model.predict({ x: tf.tensor(x, [...one.shape]) }) as tf.Tensor;
    const difference = largestDifference(await y.data(), expected.data);
    expect(difference).toBeGreaterThan(1e-6);
    expect(difference).toBeLessThan(1e-3);
  });

  it('in weight files of at most 4 MiB', async () => {
    const one = {
      shape: [1, 700],
      build: (pass: Parameters<(typeof layerCases)[string]['build']>[0], x: tf.Tensor) =>
        tf.matMul(
          x as tf.Tensor2D,
          pass.parameters.get('w', [700, 1600], (s) => new Float32Array(size(s))) as tf.Tensor2D,
        ),
    };
    const { model, shards } = await exportTfjs(definitionOf(one, await usedParameters(eager, one)));
    expect(model.weightsManifest[0]!.paths).toEqual(['group1-shard1of2.bin', 'group1-shard2of2.bin']);
    expect([...shards.values()].map(({ length }) => length)).toEqual([4194304, 700 * 1600 * 4 - 4194304]);
  });

  it('an operation without counterpart is refused by name', async () => {
    const one = { shape: [3, 4], build: (_: unknown, x: tf.Tensor) => tf.onesLike(x) };
    await expect(exportTfjs(definitionOf(one, await usedParameters(eager, one)))).rejects.toThrow(/OnesLike/);
  });
});

describe('an ONNX model of standard operators answers as the net does', async () => {
  const runtime = await openRuntime('onnxruntime-node', 1);

  it.each(Object.entries(forwardCases))('%s', async (_, one) => {
    const parameters = await usedParameters(eager, one);
    const definition = definitionOf(one, parameters);
    const { graph } = await recordForward({ ...definition, batch: 'free' }, { standard: true });
    expect(graph.nodes.every(({ domain }) => domain === '')).toBe(true);
    const session = await runtime.createSession(encodeModel(graph));
    const x = someValues(size(one.shape));
    const expected = (await (await eager.compileForward(definition)).run({ x })).y!;
    const { y } = await session.run({ x: new runtime.Tensor('float32', x, one.shape) });
    expect(y!.dims).toEqual(expected.shape);
    expect(largestDifference(y!.data as Float32Array, expected.data)).toBeLessThan(1e-5);
    await session.release();
    parameters.dispose();
  });

  it('with half-precision weights, to the precision of these, in half the bytes', async () => {
    const one = {
      shape: [2, 40],
      build: (pass: Parameters<(typeof layerCases)[string]['build']>[0], x: tf.Tensor) =>
        layers.dense(pass, x as tf.Tensor2D, 'd', { units: 60 }),
    };
    const definition = definitionOf(one, await usedParameters(eager, one));
    const [whole, half] = [
      await exportOnnx(definition),
      await exportOnnx(definition, { weights: 'float16' }),
    ];
    expect(half.length).toBeLessThan(0.6 * whole.length);
    const x = new runtime.Tensor('float32', someValues(80), [2, 40]);
    const answers = [];
    for (const bytes of [whole, half]) {
      const session = await runtime.createSession(bytes);
      answers.push((await session.run({ x })).y!.data as Float32Array);
      await session.release();
    }
    const difference = largestDifference(answers[1]!, answers[0]!);
    expect(difference).toBeGreaterThan(1e-6);
    expect(difference).toBeLessThan(1e-3);
  });
});
