import { encodeModel, type OnnxGraph, type OnnxNode, type OnnxTensor } from '../engine/onnx/model.ts';
import { recordForward } from '../engine/recording/record-forward.ts';
import { toFloat16 } from '../storage/float16.ts';
import type { Artifact } from './artifact.ts';
import { memberParameters, modelForward } from './model.ts';

/**
 * A model as an ONNX file of standard operators: `signals` [window, ...], the windows of one recording, to
 * `probabilities` [1, class], the mean over the members. With weights in half precision the file holds them so;
 * they are widened once, when a session is made, and everything is computed in single precision.
 */
export async function modelOnnx(artifact: Artifact): Promise<Uint8Array> {
  const { card } = artifact;
  const parameters = memberParameters(artifact);
  try {
    const { graph } = await recordForward(modelForward(card, parameters), { standard: true });
    const stored = card.training.experiment.precision === 'float16' ? withHalfWeights(graph) : graph;
    return encodeModel(withPlainInputs(stored), { name: card.name, version: card.version });
  } finally {
    parameters.dispose();
  }
}

/** Takes the recorder's `input ` off the names of the graph's inputs. */
function withPlainInputs(graph: OnnxGraph): OnnxGraph {
  const names = new Map(graph.inputs.map(({ name }) => [name, name.replace(/^input /, '')]));
  const plain = (name: string) => names.get(name) ?? name;
  return {
    ...graph,
    inputs: graph.inputs.map((input) => ({ ...input, name: plain(input.name) })),
    nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(plain) })),
  };
}

/** Smaller tensors (biases, constants) stay as they are. */
const smallestHalved = 256;

function withHalfWeights(graph: OnnxGraph): OnnxGraph {
  const casts: OnnxNode[] = [];
  const initializers = graph.initializers.map((tensor): OnnxTensor => {
    if (tensor.type !== 'float32' || tensor.bytes.length < smallestHalved * 4) return tensor;
    const name = `${tensor.name} half`;
    casts.push({
      operator: 'Cast',
      domain: '',
      inputs: [name],
      outputs: [tensor.name],
      attributes: { to: { int: 1 } },
    });
    const wide = new DataView(tensor.bytes.buffer, tensor.bytes.byteOffset, tensor.bytes.byteLength);
    const bytes = new Uint8Array(tensor.bytes.length / 2);
    const half = new DataView(bytes.buffer);
    for (let i = 0; i < bytes.length; i += 2)
      half.setUint16(i, toFloat16(wide.getFloat32(i * 2, true)), true);
    return { name, type: 'float16', shape: tensor.shape, bytes };
  });
  return { ...graph, nodes: [...casts, ...graph.nodes], initializers };
}
