import { toFloat16 } from '../../storage/float16.ts';
import type { ForwardDefinition } from '../engine.ts';
import { recordForward } from '../recording/record-forward.ts';
import { encodeModel, type OnnxGraph, type OnnxNode, type OnnxTensor } from './model.ts';

/** Smaller tensors (biases, constants) stay as they are. */
const smallestHalved = 256;

/**
 * A net with its weights as an ONNX file of standard operators (operator set 20), its inputs and outputs named as in
 * the definition, its weights as in the checkpoint.
 * @param weights `float16` halves the file; weights are widened when a session is made, and everything is computed
 *   in single precision.
 * @throws Error naming the kernel that cannot be recorded.
 */
export async function exportOnnx(
  definition: ForwardDefinition,
  {
    weights = 'float32',
    metadata = {},
  }: { weights?: 'float32' | 'float16'; metadata?: Readonly<Record<string, string>> } = {},
): Promise<Uint8Array> {
  const { graph } = await recordForward(definition, { standard: true });
  return encodeModel(weights === 'float16' ? withHalfWeights(graph) : graph, metadata);
}

function withHalfWeights(graph: OnnxGraph): OnnxGraph {
  const casts: OnnxNode[] = [];
  const initializers = graph.initializers.map((tensor): OnnxTensor => {
    if (tensor.type !== 'float32' || tensor.bytes.length < smallestHalved * 4) return tensor;
    const name = `${tensor.name} half`;
    const attributes = { to: { int: 1 } };
    casts.push({ operator: 'Cast', domain: '', inputs: [name], outputs: [tensor.name], attributes });
    const wide = new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset, tensor.bytes.byteLength);
    const bytes = new Uint8Array(tensor.bytes.length / 2);
    const half = new DataView(bytes.buffer);
    for (let i = 0; i < bytes.length; i += 2) {
      half.setUint16(i, toFloat16(wide.getFloat32(i * 2, true)), true);
    }
    return { name, type: 'float16', shape: tensor.shape, bytes };
  });
  return { ...graph, nodes: [...casts, ...graph.nodes], initializers };
}
