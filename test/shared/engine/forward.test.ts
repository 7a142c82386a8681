import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { definitionOf, largestDifference, size, someValues, usedParameters } from './compared-engines.ts';
import { forwardCases } from './layer-cases.ts';

describe('scoring on ONNX Runtime equals scoring on tf.js', () => {
  let eager: Engine;
  let onnx: Engine;
  beforeAll(async () => {
    eager = await openEngine({ prefer: 'tfjs-cpu' });
    onnx = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });
  });

  it.each(Object.entries(forwardCases))('%s', async (_, one) => {
    const parameters = await usedParameters(eager, one);
    const definition = definitionOf(one, parameters);
    const x = someValues(size(one.shape));
    const expected = (await (await eager.compileForward(definition)).run({ x })).y!;
    const compiled = await onnx.compileForward(definition);
    const { y } = await compiled.run({ x });
    await compiled.dispose();
    expect(y!.shape).toEqual(expected.shape);
    expect(largestDifference(y!.data, expected.data)).toBeLessThan(1e-5);
    parameters.dispose();
  });

  it.each(Object.entries(forwardCases))('%s, free batch', async (_, one) => {
    const [records, ...rest] = one.shape;
    const parameters = await usedParameters(eager, one);
    const definition = definitionOf(one, parameters);
    const free = await onnx.compileForward({ ...definition, batch: 'free' });
    for (const batch of [1, records! + 2]) {
      const x = someValues(batch * size(rest));
      const inputs = { x: { shape: [batch, ...rest], dtype: 'float32' as const } };
      const expected = (await (await eager.compileForward({ ...definition, inputs })).run({ x })).y!;
      const { y } = await free.run({ x });
      expect(y!.shape).toEqual(expected.shape);
      expect(largestDifference(y!.data, expected.data)).toBeLessThan(1e-5);
    }
    await free.dispose();
    parameters.dispose();
  });
});
