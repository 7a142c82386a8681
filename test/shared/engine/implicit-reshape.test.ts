import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { Parameters } from '../../../shared/nets/parameters.ts';

it('a recorded reshape works out the dimension that is given as -1', async () => {
  const engine = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });
  const compiled = await engine.compileForward({
    forward: ({ x }) => ({ y: tf.reshape(x!, [2, -1]) }),
    parameters: new Parameters(1),
    inputs: { x: { shape: [2, 3, 4], dtype: 'float32' } },
  });
  const { y } = await compiled.run({ x: Float32Array.from({ length: 24 }, (_, i) => i) });
  await compiled.dispose();
  expect(y!.shape).toEqual([2, 12]);
  expect([...y!.data]).toEqual(Array.from({ length: 24 }, (_, i) => i));
});
