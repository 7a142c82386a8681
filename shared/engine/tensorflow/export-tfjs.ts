import type * as tf from '@tensorflow/tfjs-core';
import { toFloat16 } from '../../storage/float16.ts';
import type { ForwardDefinition } from '../engine.ts';
import { freeBatchSize } from '../recording/record-forward.ts';
import { inputTensors } from '../recording/record-step.ts';
import { recordedPass } from '../recording/recorded-pass.ts';
import { type ListedTensor, Recorder } from '../recording/recorder.ts';
import { recordWith } from '../recording/recording-backend.ts';
import {
  type Attribute,
  dimensions,
  type ElementType,
  elementType,
  type GraphModel,
  type GraphNode,
  type TensorSignature,
  typeName,
  type WeightEntry,
} from './graph-model.ts';
import { kernelNode, type NodeContext } from './kernel-nodes.ts';

/** Weight files are cut so that browsers cache them well, as tfjs-converter does. */
const shardBytes = 4 * 1024 * 1024;

export interface TfjsModel {
  readonly model: GraphModel;
  /** Weight files by the names that the manifest gives them. */
  readonly shards: ReadonlyMap<string, Uint8Array>;
}

interface Weight {
  readonly entry: WeightEntry;
  readonly values: ArrayLike<number>;
}

/**
 * A net with its weights as a tf.js graph model, for tf.loadGraphModel on any backend.
 * @param weights `float16` halves the files; they are widened when the model is loaded.
 * @throws Error naming the kernel that has no TensorFlow operation here.
 */
export async function exportTfjs(
  definition: ForwardDefinition,
  {
    weights = 'float32',
    metadata,
  }: { weights?: 'float32' | 'float16'; metadata?: Readonly<Record<string, string>> } = {},
): Promise<TfjsModel> {
  const values = new Map<string, Float32Array>();
  const listed = listKernels(definition);
  for (const name of listed.parameters) {
    values.set(name, await definition.parameters.variables().get(name)!.data<'float32'>());
  }
  const entries: Weight[] = [...values].map(([name, data]) => ({
    entry: {
      name,
      shape: [...definition.parameters.variables().get(name)!.shape],
      dtype: 'float32',
      ...(weights === 'float16' && {
        quantization: { dtype: 'float16' as const, original_dtype: 'float32' as const },
      }),
    },
    values: data,
  }));
  entries.push(...listed.constants);
  const { paths, shards } = cutShards(entries.map(encodeWeight));
  return {
    model: {
      format: 'graph-model',
      generatedBy: 'systole',
      convertedBy: null,
      signature: { inputs: listed.inputs, outputs: listed.outputs },
      modelTopology: { node: listed.nodes, library: {}, versions: { producer: 1395 } },
      weightsManifest: [{ paths, weights: entries.map(({ entry }) => entry) }],
      ...(metadata && { userDefinedMetadata: metadata }),
    },
    shards,
  };
}

/** Runs the forward pass with tf.js's own kernels listed, and turns each into a node. */
function listKernels({ forward, parameters, inputs, batch = 'static' }: ForwardDefinition) {
  const freeBatch = batch === 'free' ? freeBatchSize : undefined;
  const recorder = new Recorder({ listCalls: true, freeBatch });
  const specs = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype }]) => [
      name,
      { dtype, shape: freeBatch === undefined ? shape : [freeBatch, ...shape.slice(1)] },
    ]),
  );
  return recordWith(recorder, (outside) => {
    const pass = recordedPass(recorder, parameters, false, outside);
    try {
      const free = (shape: readonly number[]) => shape.map((size) => (recorder.isFree(size) ? -1 : size));
      const nodes: GraphNode[] = [];
      const constants: Weight[] = [];
      const names = new Map<object, string>();
      const signature = (name: string, { shape, dtype }: tf.TensorInfo): TensorSignature => ({
        name: `${name}:0`,
        dtype: typeName(dtype as ElementType),
        tensorShape: dimensions(free(shape)),
      });
      const placeholders = inputTensors(recorder, specs, '');
      const inputSignatures: Record<string, TensorSignature> = {};
      for (const [name, tensor] of Object.entries(placeholders)) {
        names.set(tensor.dataId, name);
        inputSignatures[name] = signature(name, tensor);
        nodes.push({
          name,
          op: 'Placeholder',
          input: [],
          attr: {
            dtype: elementType(tensor.dtype as ElementType),
            shape: { shape: dimensions(free(tensor.shape)) },
          },
        });
      }
      const results = forward(placeholders, pass);
      for (const { name, variable } of pass.recordedParameters.values()) {
        names.set(variable.dataId, name);
        nodes.push({ name, op: 'Const', input: [], attr: { dtype: elementType('float32') } });
      }
      let count = 0;
      const addConstant = (data: ArrayLike<number>, shape: readonly number[], dtype: ElementType): string => {
        const name = `constant/${constants.length}`;
        constants.push({ entry: { name, shape, dtype }, values: data });
        nodes.push({ name, op: 'Const', input: [], attr: { dtype: elementType(dtype) } });
        return name;
      };
      const addNode = (op: string, input: readonly string[], attr: Readonly<Record<string, Attribute>>) => {
        const name = `${op}/${count++}`;
        nodes.push({ name, op, input, attr });
        return name;
      };
      const nameOf = (tensor: ListedTensor): string => {
        const known = names.get(tensor.dataId);
        if (known !== undefined) return known;
        const name = addConstant(tensor.written!, tensor.shape, tensor.dtype as ElementType);
        names.set(tensor.dataId, name);
        return name;
      };
      const context: NodeContext = {
        constant: (data, shape = [data.length], type = 'int32') => addConstant(data, shape, type),
        node: addNode,
        free,
      };
      for (const call of recorder.calls!) {
        const operands = Object.fromEntries(
          Object.entries(call.inputs)
            .filter(([, tensor]) => tensor != null)
            .map(([input, tensor]) => [input, nameOf(tensor)]),
        );
        const { op, input, attr = {} } = kernelNode(operands, call, context);
        const name = addNode(op, input, { T: elementType(call.outputs[0]!.dtype as ElementType), ...attr });
        for (const [i, output] of call.outputs.entries()) {
          names.set(output.dataId, i === 0 ? name : `${name}:${i}`);
        }
      }
      const outputs: Record<string, TensorSignature> = {};
      for (const [name, tensor] of Object.entries(results)) {
        nodes.push({ name, op: 'Identity', input: [names.get(tensor.dataId)!], attr: {} });
        outputs[name] = signature(name, tensor);
      }
      return {
        nodes,
        constants,
        parameters: [...pass.recordedParameters.keys()],
        inputs: inputSignatures,
        outputs,
      };
    } finally {
      pass.dispose();
    }
  });
}

function encodeWeight({ entry, values }: Weight): Uint8Array {
  if (entry.quantization !== undefined) {
    const bytes = new DataView(new ArrayBuffer(2 * values.length));
    for (let i = 0; i < values.length; i++) bytes.setUint16(2 * i, toFloat16(values[i]!), true);
    return new Uint8Array(bytes.buffer);
  }
  if (entry.dtype === 'float32') return new Uint8Array(Float32Array.from(values).buffer);
  if (entry.dtype === 'int32') return new Uint8Array(Int32Array.from(values).buffer);
  return Uint8Array.from(values);
}

function cutShards(parts: readonly Uint8Array[]): { paths: string[]; shards: Map<string, Uint8Array> } {
  const bytes = Buffer.concat(parts);
  const count = Math.max(1, Math.ceil(bytes.length / shardBytes));
  const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
  const cut = (i: number) => new Uint8Array(bytes.subarray(i * shardBytes, (i + 1) * shardBytes));
  return { paths, shards: new Map(paths.map((path, i) => [path, cut(i)])) };
}
