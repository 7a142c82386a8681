import { ProtobufWriter } from './protobuf.ts';

/** Element types that our graphs use, by their number in onnx.proto's TensorProto.DataType. */
export const elementTypes = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9, float16: 10 } as const;

export type ElementType = keyof typeof elementTypes;

/** A number, or the name of a dimension that is free. */
export type Dimension = number | string;

export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Little-endian values. */
  readonly bytes: Uint8Array;
}

export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: OnnxTensor }
  | { readonly graph: OnnxGraph };

export interface OnnxNode {
  readonly operator: string;
  /** Empty for standard ONNX. */
  readonly domain: string;
  /** An empty name is an optional input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxTensor[];
}

/** Operator set 20 came with ONNX 1.15 and is read by ONNX Runtime 1.17 and later. */
const irVersion = 9;
const opset = 20;

/** The bytes of a .onnx file: a ModelProto (field numbers from onnx.proto). */
export function encodeModel(graph: OnnxGraph, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const domains = new Set(['', ...graph.nodes.map((node) => node.domain)]);
  const model = new ProtobufWriter().integer(1, irVersion).text(2, 'systole');
  model.message(7, (writer) => writeGraph(writer, graph));
  for (const domain of domains) {
    model.message(8, (writer) => writer.text(1, domain).integer(2, domain === '' ? opset : 1));
  }
  for (const [key, value] of Object.entries(metadata)) {
    model.message(14, (writer) => writer.text(1, key).text(2, value));
  }
  return model.finish();
}

function writeGraph(writer: ProtobufWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) writer.message(1, (inner) => writeNode(inner, node));
  writer.text(2, graph.name);
  for (const tensor of graph.initializers) writer.message(5, (inner) => writeTensor(inner, tensor));
  for (const input of graph.inputs) writer.message(11, (inner) => writeValue(inner, input));
  for (const output of graph.outputs) writer.message(12, (inner) => writeValue(inner, output));
}

function writeNode(writer: ProtobufWriter, node: OnnxNode): void {
  for (const input of node.inputs) writer.text(1, input);
  for (const output of node.outputs) writer.text(2, output);
  writer.text(3, node.outputs.find((name) => name !== '') ?? '').text(4, node.operator);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    writer.message(5, (inner) => writeAttribute(inner, name, attribute));
  }
  if (node.domain !== '') writer.text(7, node.domain);
}

function writeAttribute(writer: ProtobufWriter, name: string, attribute: OnnxAttribute): void {
  writer.text(1, name);
  if ('float' in attribute) writer.float(2, attribute.float).integer(20, 1);
  else if ('int' in attribute) writer.integer(3, attribute.int).integer(20, 2);
  else if ('string' in attribute) writer.text(4, attribute.string).integer(20, 3);
  else if ('tensor' in attribute) {
    writer.message(5, (inner) => writeTensor(inner, attribute.tensor)).integer(20, 4);
  } else if ('graph' in attribute) {
    writer.message(6, (inner) => writeGraph(inner, attribute.graph)).integer(20, 5);
  } else if ('floats' in attribute) {
    for (const value of attribute.floats) writer.float(7, value);
    writer.integer(20, 6);
  } else if ('ints' in attribute) {
    for (const value of attribute.ints) writer.integer(8, value);
    writer.integer(20, 7);
  } else {
    for (const value of attribute.strings) writer.text(9, value);
    writer.integer(20, 8);
  }
}

function writeTensor(writer: ProtobufWriter, tensor: OnnxTensor): void {
  for (const dimension of tensor.shape) writer.integer(1, dimension);
  writer.integer(2, elementTypes[tensor.type]).text(8, tensor.name).bytes(9, tensor.bytes);
}

function writeValue(writer: ProtobufWriter, value: OnnxValue): void {
  writer.text(1, value.name).message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.integer(1, elementTypes[value.type]).message(2, (shape) => {
        for (const dimension of value.shape) {
          shape.message(1, (inner) =>
            typeof dimension === 'number' ? inner.integer(1, dimension) : inner.text(2, dimension),
          );
        }
      });
    }),
  );
}
