import { GraphBuilder } from '../recording/graph-builder.ts';
import { encodeModel } from './model.ts';
import type { OnnxRuntime } from './runtime.ts';

/** ONNX Runtime's own operators on images whose channels lie in blocks beside each pixel. */
export const blockedDomain = 'com.microsoft.nchwc';

/**
 * How many channels ONNX Runtime keeps beside each other in its blocked layout on this machine's processor (16 with
 * AVX-512, 8 without), learnt by reordering a small image; 0 where it has no such layout (wasm).
 */
export async function channelBlock(runtime: OnnxRuntime): Promise<number> {
  const graph = new GraphBuilder();
  const channels = 64;
  graph.input('x', 'float32', [1, channels, 1, 2]);
  const name = graph.emit('ReorderInput', ['x'], {}, blockedDomain);
  const model = encodeModel(graph.finish('probe', [{ name, type: 'float32', shape: [1, channels, 1, 2] }]));
  try {
    const session = await runtime.createSession(model);
    const x = Float32Array.from({ length: 2 * channels }, (_, i) => i);
    const results = await session.run({ x: new runtime.Tensor('float32', x, [1, channels, 1, 2]) });
    await session.release();
    // The second pixel of the first channel comes after a block of first pixels.
    return (results[name]!.data as Float32Array).indexOf(1);
  } catch {
    return 0;
  }
}
