import type {
  ElementType,
  OnnxAttribute,
  OnnxGraph,
  OnnxNode,
  OnnxTensor,
  OnnxValue,
} from '../onnx/model.ts';

/** A result of the builder: the name of a value in the graph. */
export type ValueName = string;

/** Contributed operators of ONNX Runtime, which other readers of ONNX lack. */
export const microsoft = 'com.microsoft';

/**
 * Collects ONNX nodes. Equal nodes and equal constants are shared; nodes that reach no output are dropped when the
 * graph is finished.
 */
export class GraphBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #made = new Set<ValueName>();
  readonly #known = new Map<string, readonly ValueName[]>();
  readonly #constants = new Map<string, OnnxTensor>();
  readonly #inputs: OnnxValue[] = [];
  readonly #initializers: OnnxTensor[] = [];
  readonly #prefix: string;
  #count = 0;

  /** @param prefix makes the names of a subgraph differ from those of the graph around it. */
  constructor(prefix = '') {
    this.#prefix = prefix;
  }

  /** Adds a node with one output, or finds an equal one. */
  emit(
    operator: string,
    inputs: readonly ValueName[],
    attributes: Record<string, OnnxAttribute> = {},
    domain = '',
  ): ValueName {
    return this.emitMany(operator, inputs, attributes, 1, domain)[0]!;
  }

  /** Adds a node with several outputs, or finds an equal one. */
  emitMany(
    operator: string,
    inputs: readonly ValueName[],
    attributes: Record<string, OnnxAttribute>,
    outputCount: number,
    domain = '',
  ): readonly ValueName[] {
    const hasSubgraph = Object.values(attributes).some((attribute) => 'graph' in attribute);
    const key = hasSubgraph ? undefined : JSON.stringify([domain, operator, inputs, attributes, outputCount]);
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known !== undefined) return known;
    const outputs = Array.from({ length: outputCount }, () => this.uniqueName());
    this.#nodes.push({ operator, domain, inputs, outputs, attributes });
    for (const output of outputs) this.#made.add(output);
    if (key !== undefined) this.#known.set(key, outputs);
    return outputs;
  }

  /** Whether a node makes this value. */
  isNodeOutput(name: ValueName): boolean {
    return this.#made.has(name);
  }

  /** The same value under a new name, or under the one given. */
  alias(name: ValueName, as = this.uniqueName()): ValueName {
    this.#nodes.push({ operator: 'Identity', domain: '', inputs: [name], outputs: [as], attributes: {} });
    this.#made.add(as);
    return as;
  }

  input(name: ValueName, type: ElementType, shape: OnnxValue['shape']): ValueName {
    this.#inputs.push({ name, type, shape });
    return name;
  }

  /** A named tensor stored in the model: a weight of an inference graph. */
  initializer(tensor: OnnxTensor): ValueName {
    this.#initializers.push(tensor);
    return tensor.name;
  }

  /** A small constant. */
  constant(type: ElementType, shape: readonly number[], values: ArrayLike<number>): ValueName {
    const key = `${type}[${shape}]${Array.from(values).join()}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known.name;
    const tensor = { name: this.uniqueName(), type, shape, bytes: encodeValues(type, values) };
    this.#constants.set(key, tensor);
    return tensor.name;
  }

  scalar(value: number, type: ElementType = 'float32'): ValueName {
    return this.constant(type, [], [value]);
  }

  /** A vector of 64-bit integers: axes, shapes, pads. */
  integers(values: readonly number[]): ValueName {
    return this.constant('int64', [values.length], values);
  }

  /** All declared inputs, also those that no node needs: a subgraph takes them by position. */
  allInputs(): readonly OnnxValue[] {
    return this.#inputs;
  }

  finish(name: string, outputs: readonly OnnxValue[]): OnnxGraph {
    const needed = new Set(outputs.map((output) => output.name));
    const nodes: OnnxNode[] = [];
    for (const node of this.#nodes.toReversed()) {
      if (!node.outputs.some((output) => needed.has(output))) continue;
      nodes.push(optionalOutputs.has(node.operator) ? withoutUnneeded(node, needed) : node);
      for (const input of node.inputs) needed.add(input);
      for (const attribute of Object.values(node.attributes)) {
        if ('graph' in attribute) for (const captured of capturedNames(attribute.graph)) needed.add(captured);
      }
    }
    return {
      name,
      nodes: nodes.reverse(),
      inputs: this.#inputs.filter(({ name }) => needed.has(name)),
      outputs,
      initializers: [...this.#initializers, ...this.#constants.values()].filter(({ name }) =>
        needed.has(name),
      ),
    };
  }

  /** A name that nothing in this graph has. */
  uniqueName(): ValueName {
    return `${this.#prefix}${this.#count++}`;
  }
}

/** Operators whose outputs after the first may be left out. */
const optionalOutputs = new Set(['MaxPool', 'LSTM', 'GRU', 'RNN']);

function withoutUnneeded(node: OnnxNode, needed: ReadonlySet<ValueName>): OnnxNode {
  const outputs = node.outputs.map((output) => (needed.has(output) ? output : ''));
  while (outputs.at(-1) === '') outputs.pop();
  return { ...node, outputs };
}

/** Names that a subgraph takes from the graph around it. */
function capturedNames(graph: OnnxGraph): string[] {
  const own = new Set([...graph.inputs, ...graph.initializers].map(({ name }) => name));
  for (const node of graph.nodes) for (const output of node.outputs) own.add(output);
  return graph.nodes.flatMap((node) => node.inputs.filter((input) => input !== '' && !own.has(input)));
}

function encodeValues(type: ElementType, values: ArrayLike<number>): Uint8Array {
  switch (type) {
    case 'float32':
      return new Uint8Array(Float32Array.from(values).buffer);
    case 'int32':
      return new Uint8Array(Int32Array.from(values).buffer);
    case 'int64':
      return new Uint8Array(BigInt64Array.from(Array.from(values), BigInt).buffer);
    case 'bool':
    case 'uint8':
      return Uint8Array.from(values);
    case 'float16':
      throw new TypeError('Constants of a graph are not stored as float16.');
  }
}
