import { filler, physicalShape } from './recorded-value.ts';

/** Values in row-major order of `shape`, rearranged to lie in the graph as `layout` says. */
export function toLayout(
  data: Float32Array,
  shape: readonly number[],
  layout: readonly number[],
): Float32Array {
  const order = layout.filter((axis) => axis !== filler);
  if (isSorted(order)) return data;
  const physical = order.map((axis) => shape[axis]!);
  const strides = rowMajorStrides(shape);
  return gather(
    data,
    physical,
    order.map((axis) => strides[axis]!),
  );
}

/** The inverse of `toLayout`. */
export function fromLayout(
  data: Float32Array,
  shape: readonly number[],
  layout: readonly number[],
): Float32Array {
  const order = layout.filter((axis) => axis !== filler);
  if (isSorted(order)) return data;
  const physical = physicalShape({ shape, layout: order });
  const strides = rowMajorStrides(physical);
  const axes = order.toSorted((p, q) => p - q);
  return gather(
    data,
    axes.map((axis) => shape[axis]!),
    axes.map((axis) => strides[order.indexOf(axis)]!),
  );
}

/** Row-major walk over `shape`, reading with the given strides. */
function gather(data: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const result = new Float32Array(data.length);
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

function isSorted(order: readonly number[]): boolean {
  return order.every((axis, i) => i === 0 || order[i - 1]! < axis);
}
