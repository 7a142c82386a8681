import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { eagerEngine } from './eager-engine.ts';
import type { Engine, EngineName } from './engine.ts';
import { onnxEngine } from './onnx/onnx-engine.ts';
import { openRuntime } from './onnx/runtime.ts';

/** The order in which engines are tried. */
const byPreference: readonly EngineName[] = [
  'tfjs-node-gpu',
  'tfjs-node',
  'onnxruntime-node',
  'onnxruntime-web',
];

/**
 * The best engine that this machine can run: TensorFlow where one of its packages is installed (the GPU container),
 * else ONNX Runtime, native before wasm.
 * @param prefer this engine and no other.
 * @param threads that one operation may use (ONNX Runtime only; TensorFlow decides for itself).
 * @throws RangeError when `threads` is no whole number from 1.
 * @throws Error when the preferred engine, or every one, cannot be opened; the reasons are in its causes.
 */
export async function openEngine({
  prefer,
  threads = availableParallelism(),
}: {
  prefer?: EngineName;
  threads?: number;
} = {}): Promise<Engine> {
  if (!Number.isInteger(threads) || threads < 1)
    throw new RangeError('the number of threads is a whole number from 1');
  const failures: unknown[] = [];
  for (const name of prefer === undefined ? byPreference : [prefer]) {
    try {
      return await open(name, threads);
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, `No engine could be opened: ${prefer ?? byPreference.join(', ')}.`);
}

async function open(name: EngineName, threads: number): Promise<Engine> {
  switch (name) {
    case 'onnxruntime-node':
    case 'onnxruntime-web':
      return onnxEngine(await openRuntime(name, threads));
    case 'tfjs-cpu':
      tf.enableProdMode(); // or the backend advises another one on its first use
      await import('@tensorflow/tfjs-backend-cpu');
      return eagerEngine(name, 'cpu', 1);
    case 'tfjs-node':
    case 'tfjs-node-gpu': {
      // Installed in the GPU container only, so the name is kept from compilers and bundlers.
      const packageName: string = `@tensorflow/${name}`;
      await import(packageName);
      return eagerEngine(name, 'tensorflow', threads);
    }
  }
}
