import type { ValueName } from './graph-builder.ts';

/** tf.js types that a recorded graph may hold. */
export type RecordedType = 'float32' | 'int32' | 'bool';

/** Axis of a layout that holds no logical axis: its size is one. */
export const filler = -1;

/**
 * A tensor of tf.js as it lies in the graph. Its `shape` is what tf.js sees; `layout` says which logical axis each
 * axis of the graph's value holds, or that it is a filler of size one. Logical axes of size one are never in the
 * layout; axes of another size that are absent from it are broadcast: all their values are the same, and the
 * graph's value holds them once. So a transpose, a reshape that only adds or drops ones, and a tile of something of
 * size one are new views of the same value and cost nothing.
 */
export interface RecordedValue {
  readonly name: ValueName;
  readonly dtype: RecordedType;
  readonly shape: readonly number[];
  readonly layout: readonly number[];
  /** Known when every value is the same constant. Then the layout is empty. */
  readonly uniform?: number;
}

/** The shape of the value in the graph. */
export function physicalShape(value: Pick<RecordedValue, 'shape' | 'layout'>): number[] {
  return value.layout.map((axis) => (axis === filler ? 1 : value.shape[axis]!));
}

/** Row-major layout, without fillers. */
export function rowMajor(shape: readonly number[]): number[] {
  return layoutOf(
    shape,
    shape.map((_, axis) => axis),
  );
}

/** The order of logical axes as a layout of this shape: axes of size one become fillers. */
export function layoutOf(shape: readonly number[], order: readonly number[]): number[] {
  return order.map((axis) => (axis === filler || shape[axis] === 1 ? filler : axis));
}

/** Logical axes that the layout holds, in its order. */
export function heldAxes(layout: readonly number[]): number[] {
  return layout.filter((axis) => axis !== filler);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function equalLists(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
