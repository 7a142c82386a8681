import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine, EngineName } from '../../shared/engine/engine.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { knownInput, knownNet } from './known-net.ts';

/** Largest difference of a logit between engines: single precision in another order of additions. */
const tolerance = 1e-3;

export interface SelfCheck {
  readonly engine: EngineName;
  /** Name and memory as the driver says them; absent where no GPU is used. */
  readonly gpu?: string;
  /** Largest difference of the known net's logits from those of tf.js's own JavaScript. */
  readonly difference: number;
}

/**
 * Opens the engine that a job would get and holds a known net's logits on it against those of tf.js's own JavaScript.
 * @throws Error when the logits differ, or when a GPU is demanded and not used
 */
export async function selfCheck({ gpuRequired }: { readonly gpuRequired: boolean }): Promise<SelfCheck> {
  const engine = await openEngine();
  const found = await logits(engine);
  const gpu = await gpuInUse(engine);
  if (gpuRequired && gpu === undefined)
    throw new Error(
      `a GPU is demanded, and ${engine.name} computes on the processor: the driver, CUDA or cuDNN was not found`,
    );
  const expected = await logits(await openEngine({ prefer: 'tfjs-cpu' }));
  const difference = Math.max(...found.map((value, index) => Math.abs(value - expected[index]!)));
  // Written so that NaN fails.
  if (!(difference <= tolerance))
    throw new Error(`${engine.name} computes other logits than tf.js, by ${difference}`);
  return { engine: engine.name, ...(gpu === undefined ? {} : { gpu }), difference };
}

async function logits(engine: Engine): Promise<number[]> {
  const compiled = await engine.compileForward(knownNet());
  const answer = await compiled.run({ x: knownInput() });
  await compiled.dispose();
  return [...answer.logits!.data];
}

/** TensorFlow goes on without a word when it finds no GPU, so its backend is asked what it uses. */
async function gpuInUse(engine: Engine): Promise<string | undefined> {
  if (engine.name !== 'tfjs-node-gpu') return undefined;
  const backend = tf.backend() as unknown as { readonly isUsingGpuDevice?: boolean };
  if (backend.isUsingGpuDevice !== true) return undefined;
  const { stdout } = await promisify(execFile)('nvidia-smi', [
    '--query-gpu=name,memory.total',
    '--format=csv,noheader',
  ]);
  return stdout.trim();
}
