import { createRequire } from 'node:module';
import type * as Ort from 'onnxruntime-node';

export type RuntimeName = 'onnxruntime-node' | 'onnxruntime-web';

/** ONNX Runtime, native or wasm: sessions and the tensors that go into them. */
export interface OnnxRuntime {
  readonly name: RuntimeName;
  readonly threads: number;
  /** Whether a run writes its results into tensors that it is given. The wasm build leaves them as they are. */
  readonly writesInPlace: boolean;
  createSession(
    model: Uint8Array,
    options?: Ort.InferenceSession.SessionOptions,
  ): Promise<Ort.InferenceSession>;
  readonly Tensor: typeof Ort.Tensor;
}

/**
 * Loads ONNX Runtime.
 * @param threads that one operator may use.
 * @throws Error when the package or its native binary cannot be loaded on this machine.
 */
export async function openRuntime(name: RuntimeName, threads: number): Promise<OnnxRuntime> {
  // The native package is CommonJS with its binary beside it, so it is never bundled.
  const ort: typeof Ort =
    name === 'onnxruntime-node'
      ? (createRequire(import.meta.url)('onnxruntime-node') as typeof Ort)
      : ((await import('onnxruntime-web')) as unknown as typeof Ort);
  if (name === 'onnxruntime-web') {
    ort.env.wasm.numThreads = threads;
    ort.env.logLevel = 'error';
  }
  const provider = name === 'onnxruntime-node' ? 'cpu' : 'wasm';
  return {
    name,
    threads,
    writesInPlace: name === 'onnxruntime-node',
    Tensor: ort.Tensor,
    createSession: (model, options) =>
      ort.InferenceSession.create(model, {
        executionProviders: [provider],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 3,
        ...options,
      }),
  };
}
