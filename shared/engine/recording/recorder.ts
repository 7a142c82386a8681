import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Dimension } from '../onnx/model.ts';
import { GraphBuilder, type ValueName } from './graph-builder.ts';
import {
  equalLists,
  filler,
  heldAxes,
  layoutOf,
  physicalShape,
  type RecordedType,
  type RecordedValue,
  rowMajor,
  sizeOf,
} from './recorded-value.ts';

/** Non-uniform constants of a graph may have this many values; more is taken for a value that was not recorded. */
const largestConstant = 1024;

export interface MaskedProduct {
  readonly product: RecordedValue;
  readonly factor: RecordedValue;
  readonly mask: ValueName;
}

export interface ListedTensor extends TensorInfo {
  /** The values of a constant. */
  readonly written: ArrayLike<number> | undefined;
}

/** A kernel of tf.js as it was called. Tensors are known by their dataId. */
export interface KernelCall {
  readonly kernel: string;
  /** By name, or by position where the kernel takes a list. */
  readonly inputs: Readonly<Record<string, ListedTensor>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly outputs: readonly TensorInfo[];
}

export interface RecorderOptions {
  /** Lists the calls of tf.js's own kernels, and records nothing by ours. */
  readonly listCalls?: boolean;
  /** Channels in a block of ONNX Runtime's blocked layout on the machine at hand; 0, the default: do not use it. */
  readonly channelBlock?: number;
  /** Only operators of the ONNX standard, for files that other readers open. */
  readonly standard?: boolean;
  /** Physical orders for inputs and parameters, by name: what an earlier recording wished for. */
  readonly wishes?: ReadonlyMap<string, readonly number[]>;
  /** The size that stands for the free batch: dimensions of this size or a multiple of it are free. */
  readonly freeBatch?: number;
}

/** One recording: the graph so far, and how the values of tf.js lie in it. */
export class Recorder {
  readonly graph = new GraphBuilder();
  readonly standard: boolean;
  readonly channelBlock: number;
  readonly calls: KernelCall[] | undefined;
  /** Dropout masks by the name of their value, with what they multiply kept values by. */
  readonly maskScales = new Map<ValueName, number>();
  /** What was multiplied with them. */
  readonly maskedProducts: MaskedProduct[] = [];
  /** For graph inputs that had to be transposed: the layout that would have saved it. */
  readonly wishes = new Map<string, readonly number[]>();
  readonly #earlierWishes: ReadonlyMap<string, readonly number[]>;
  readonly #inputLayouts = new Map<ValueName, readonly number[]>();
  readonly #freeBatch: number | undefined;

  constructor({
    channelBlock = 0,
    listCalls = false,
    standard = false,
    wishes = new Map(),
    freeBatch,
  }: RecorderOptions = {}) {
    this.channelBlock = channelBlock;
    this.calls = listCalls ? [] : undefined;
    this.standard = standard;
    this.#earlierWishes = wishes;
    this.#freeBatch = freeBatch;
  }

  /** The layout in which a graph input or parameter of this name is to be held. */
  inputLayout(name: string, shape: readonly number[]): readonly number[] {
    return this.#earlierWishes.get(name) ?? rowMajor(shape);
  }

  /** A graph input as a value. */
  input(
    name: string,
    dtype: RecordedType,
    shape: readonly number[],
    layout: readonly number[],
  ): RecordedValue {
    const value = { name, dtype, shape, layout };
    this.graph.input(name, dtype, this.dimensions(physicalShape(value)));
    this.#inputLayouts.set(name, layout);
    return value;
  }

  /** Declares that a value comes from an initializer of that layout, so that wishes for it are kept. */
  declareLayout(value: RecordedValue): RecordedValue {
    this.#inputLayouts.set(value.name, value.layout);
    return value;
  }

  /** Dimensions as the graph declares them, the free batch by name. */
  dimensions(shape: readonly number[]): Dimension[] {
    return shape.map((size) => (this.isFree(size) ? (size === this.#freeBatch ? 'batch' : '') : size));
  }

  /** Whether a size depends on the free batch. */
  isFree(size: number): boolean {
    return this.#freeBatch !== undefined && size >= this.#freeBatch && size % this.#freeBatch === 0;
  }

  /** A constant that tf.js wrote. @throws Error when it is large and not uniform. */
  constant(dtype: RecordedType, shape: readonly number[], values: ArrayLike<number>): RecordedValue {
    const first = values[0] ?? 0;
    let uniform = true;
    for (let i = 1; i < values.length && uniform; i++) uniform = values[i] === first;
    if (uniform) return this.uniform(dtype, shape, first);
    if (values.length > largestConstant) {
      throw new Error(
        `A constant of shape [${shape}] with different values came into the recorded graph: it would stay the same at every run. Make it an input or an untrainable parameter.`,
      );
    }
    return { name: this.graph.constant(dtype, shape, values), dtype, shape, layout: rowMajor(shape) };
  }

  uniform(dtype: RecordedType, shape: readonly number[], value: number): RecordedValue {
    return { name: this.graph.scalar(value, dtype), dtype, shape, layout: [], uniform: value };
  }

  /** The shape operand of a Reshape or Expand; at most one dimension may depend on the free batch. */
  reshape(name: ValueName, physical: readonly number[]): ValueName {
    const free = physical.filter((size) => this.isFree(size)).length;
    if (free > 1) throw new Error(`The shape [${physical}] has more than one free dimension.`);
    const sizes = physical.map((size) => (this.isFree(size) ? -1 : size));
    return this.graph.emit('Reshape', [name, this.graph.integers(sizes)]);
  }

  /**
   * The value's name in the graph in exactly this layout, broadcast axes expanded. The layout must hold every axis
   * of the shape that is not one.
   */
  inLayout(value: RecordedValue, layout: readonly number[]): ValueName {
    const missing = heldAxes(layout).filter((axis) => !value.layout.includes(axis));
    if (missing.length === 0) return this.#aligned(value, layout, true);
    const target = layout.map((axis) => (axis === filler ? 1 : value.shape[axis]!));
    if (target.some((size) => this.isFree(size))) {
      throw new Error('A value cannot be expanded along the free batch.');
    }
    return this.graph.emit('Expand', [this.aligned(value, layout), this.graph.integers(target)]);
  }

  /**
   * As `inLayout`, with axes that are broadcast left at size one and leading ones left out, as elementwise
   * operators accept them.
   */
  aligned(value: RecordedValue, layout: readonly number[]): ValueName {
    return this.#aligned(value, layout, false);
  }

  #aligned(value: RecordedValue, layout: readonly number[], exactRank: boolean): ValueName {
    const held = heldAxes(value.layout);
    const kept = layout.map((axis) => (value.layout.includes(axis) ? axis : filler));
    if (equalLists(kept, value.layout)) return value.name;
    const sameButLeading = equalLists(withoutLeading(kept), withoutLeading(value.layout));
    if (!exactRank && sameButLeading && value.layout.length < layout.length) return value.name;
    this.#wish(value, kept);
    const order = heldAxes(kept);
    let name = value.name;
    let present = [...value.layout];
    if (!equalLists(order, held)) {
      // Fillers go last in the permutation, or nowhere when a reshape follows anyway.
      const fillers = present.flatMap((axis, i) => (axis === filler ? [i] : []));
      const permutation =
        present.length === layout.length
          ? permutationInto(present, kept)
          : [...order.map((axis) => present.indexOf(axis)), ...fillers];
      name = this.graph.emit('Transpose', [name], { perm: { ints: permutation } });
      present = permutation.map((axis) => present[axis]!);
    }
    if (equalLists(present, kept)) return name;
    return this.reshape(name, physicalShape({ shape: value.shape, layout: kept }));
  }

  /** Remembers that a graph input would better be held in this layout. */
  #wish(value: RecordedValue, layout: readonly number[]): void {
    const own = this.#inputLayouts.get(value.name);
    if (own === undefined || this.wishes.has(value.name)) return;
    // The view's axes may be relabelled; position in the graph's value ties them to the input's own axes.
    this.wishes.set(
      value.name,
      layout.map((axis) => (axis === filler ? filler : own[value.layout.indexOf(axis)]!)),
    );
  }

  /** The value with all axes present and its last one, the channel, second: as ONNX normalizes batches. */
  channelsSecond(value: RecordedValue): RecordedValue {
    const rank = value.shape.length;
    const whole = value.shape.every((size, axis) => size === 1 || value.layout.includes(axis));
    const channel = value.shape[rank - 1] === 1 ? filler : rank - 1;
    if (whole && value.layout.length > 1 && value.layout[1] === channel) return value;
    const others = value.shape.map((_, axis) => axis).slice(1, rank - 1);
    const layout = layoutOf(value.shape, [0, rank - 1, ...others]);
    return { name: this.inLayout(value, layout), dtype: value.dtype, shape: value.shape, layout };
  }

  /** Row-major with every axis present, as a flattening or an output needs it. */
  inRowMajor(value: RecordedValue): ValueName {
    return this.inLayout(value, rowMajor(value.shape));
  }

  /** A value of this shape under a layout given by an order of axes. */
  of(
    name: ValueName,
    dtype: RecordedType,
    shape: readonly number[],
    order: readonly number[] = shape.map((_, axis) => axis),
  ): RecordedValue {
    return { name, dtype, shape, layout: layoutOf(shape, order) };
  }

  /** Elements that the graph's value holds. */
  physicalSize(value: RecordedValue): number {
    return sizeOf(physicalShape(value));
  }
}

/** Permutation that brings `from` into the order of `to`; fillers are taken in turn. */
function permutationInto(from: readonly number[], to: readonly number[]): number[] {
  const fillers = from.flatMap((axis, i) => (axis === filler ? [i] : []));
  return to.map((axis) => (axis === filler ? fillers.shift()! : from.indexOf(axis)));
}

function withoutLeading(layout: readonly number[]): readonly number[] {
  const first = layout.findIndex((axis) => axis !== filler);
  return first === -1 ? [] : layout.slice(first);
}
