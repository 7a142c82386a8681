import { describe, expect, it } from 'vitest';
import { loadGradients } from '../../../shared/engine/gradients.ts';
import { exportOnnx } from '../../../shared/engine/onnx/export-onnx.ts';
import { openRuntime } from '../../../shared/engine/onnx/runtime.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { modelGradient } from '../../../shared/learning/model-gradient.ts';
import { dsailBlocks, dsailConfiguration } from '../../../shared/nets/configuration.ts';
import { Parameters } from '../../../shared/nets/parameters.ts';
import { namedValues, relativeError } from '../../reference.ts';

const chunk = 50;
const leads = 2;
const classes = ['a', 'b', 'c'];

/** Windows of a recording, and the class whose gradient is wanted, a row for each window. */
function inputsOf(windows: number) {
  const signals = namedValues({ name: `windows ${windows}`, shape: [windows, chunk, leads] });
  const wanted = Float32Array.from({ length: windows * classes.length }, (_, i) =>
    i % classes.length === 1 ? 1 : 0,
  );
  return { signals, wanted };
}

describe('modelGradient', async () => {
  const [recorded, eager, runtime] = await Promise.all([
    openEngine({ prefer: 'onnxruntime-node', threads: 1 }),
    openEngine({ prefer: 'tfjs-cpu' }),
    openRuntime('onnxruntime-node', 1),
    loadGradients(),
  ]);

  it.each(dsailBlocks)(
    'of %s is that of tf.js, compiled and exported, for any number of windows',
    async (block) => {
      const net = dsailConfiguration.parse({
        name: 'dsail',
        block,
        ...(/resnext|resnest/.test(block) && { cardinality: 2 }),
        ...(block.startsWith('resnest') && { radix: 2 }),
        blocks: 4,
        width: 1,
        kernel: 3,
        leads,
        chunk,
        chunkStride: 30,
      });
      const parameters = new Parameters(3);
      const definition = modelGradient({ net, classes }, parameters);
      const expected = await eager.compileForward(definition);
      // The first run makes the parameters.
      const truth = new Map<number, Awaited<ReturnType<typeof expected.run>>>();
      for (const windows of [1, 3]) truth.set(windows, await expected.run(inputsOf(windows)));
      const compiled = await recorded.compileForward(definition);
      const session = await runtime.createSession(await exportOnnx(definition));
      for (const [windows, { logits, gradient }] of truth) {
        expect(Math.max(...gradient!.data)).toBeGreaterThan(0);
        const { signals, wanted } = inputsOf(windows);
        const own = await compiled.run({ signals, wanted });
        const exported = await session.run({
          signals: new runtime.Tensor('float32', signals, [windows, chunk, leads]),
          wanted: new runtime.Tensor('float32', wanted, [windows, classes.length]),
        });
        expect(own.gradient!.shape).toEqual([windows, chunk, leads]);
        for (const answer of [own, exported]) {
          expect(relativeError(answer.logits!.data as Float32Array, logits!.data)).toBeLessThan(1e-4);
          expect(relativeError(answer.gradient!.data as Float32Array, gradient!.data)).toBeLessThan(1e-3);
        }
      }
      await session.release();
      await compiled.dispose();
      parameters.dispose();
    },
  );
});
