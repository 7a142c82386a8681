import { util } from '@tensorflow/tfjs-core';
import type { ValueName } from '../graph-builder.ts';
import {
  equalLists,
  filler,
  heldAxes,
  layoutOf,
  physicalShape,
  type RecordedValue,
  rowMajor,
  sizeOf,
} from '../recorded-value.ts';
import type { Recorder } from '../recorder.ts';
import { recordKernel, recordListKernel } from '../recording-backend.ts';
import { broadcastTo, combine, commonLayout } from './elementwise.ts';

recordKernel('Reshape', ({ x }, { recorder, attributes }) => {
  const size = sizeOf(x!.shape);
  return reshape(recorder, x!, util.inferFromImplicitShape(attributes.shape as number[], size));
});
recordKernel('ExpandDims', ({ input }, { recorder, attributes }) => {
  const shape = [...input!.shape];
  const dim = attributes.dim as number;
  shape.splice(dim < 0 ? dim + shape.length + 1 : dim, 0, 1);
  return reshape(recorder, input!, shape);
});
recordKernel('Transpose', ({ x }, { attributes }) => transpose(x!, attributes.perm as number[]));
recordKernel('Slice', ({ x }, { recorder, attributes }) => {
  const begin = attributes.begin as number[];
  const size = (attributes.size as number[]).map((length, axis) =>
    length < 0 ? x!.shape[axis]! - begin[axis]! : length,
  );
  return slice(recorder, x!, begin, size);
});
recordKernel('StridedSlice', ({ x }, { recorder, attributes }) => {
  const masks = ['beginMask', 'endMask', 'ellipsisMask', 'newAxisMask', 'shrinkAxisMask'];
  if (masks.some((mask) => (attributes[mask] as number) > 0)) {
    throw new Error('StridedSlice with masks is not recorded: use tf.slice or explicit begin and end.');
  }
  const { begin, end, strides } = attributes as Record<'begin' | 'end' | 'strides', number[]>;
  const shape = x!.shape.map((size, axis) =>
    axis < begin.length ? Math.ceil((Math.min(end[axis]!, size) - begin[axis]!) / strides[axis]!) : size,
  );
  return stridedSlice(recorder, x!, begin, shape, strides);
});
recordKernel('PadV2', ({ x }, { recorder, attributes }) =>
  pad(recorder, x!, attributes.paddings as [number, number][], attributes.constantValue as number),
);
recordKernel('Tile', ({ x }, { recorder, attributes }) => tile(recorder, x!, attributes.reps as number[]));
recordKernel('BroadcastTo', ({ x }, { attributes }) => broadcastTo(x!, attributes.shape as number[]));
recordKernel('SplitV', ({ x }, { recorder, attributes }) => {
  const axis = positive(attributes.axis as number, x!.shape.length);
  const sections = attributes.numOrSizeSplits as number | number[];
  const sizes =
    typeof sections === 'number'
      ? Array<number>(sections).fill(x!.shape[axis]! / sections)
      : sections.map((size) =>
          size === -1 ? x!.shape[axis]! - sections.reduce((sum, other) => sum + Math.max(other, 0), 0) : size,
        );
  return split(recorder, x!, axis, sizes);
});
recordKernel('Unpack', ({ value }, { recorder, attributes }) => {
  const axis = positive(attributes.axis as number, value!.shape.length);
  const shape = value!.shape.filter((_, i) => i !== axis);
  const parts = split(recorder, value!, axis, Array<number>(value!.shape[axis]!).fill(1));
  return parts.map((part) => reshape(recorder, part, shape));
});
recordListKernel('Concat', (values, { recorder, attributes }) => {
  const present = values.filter((value) => sizeOf(value.shape) > 0);
  return concat(recorder, present, positive(attributes.axis as number, values[0]!.shape.length));
});
recordListKernel('Pack', (values, { recorder, attributes }) => {
  const axis = positive(attributes.axis as number, values[0]!.shape.length + 1);
  const shape = [...values[0]!.shape];
  shape.splice(axis, 0, 1);
  return concat(
    recorder,
    values.map((value) => reshape(recorder, value, shape)),
    axis,
  );
});
recordListKernel('AddN', (values, { recorder }) =>
  values.reduce((sum, value) => combine(recorder, 'Add', sum, value)),
);
recordKernel('Reverse', ({ x }, { recorder, attributes }) =>
  reverse(
    recorder,
    x!,
    (attributes.dims as number[]).map((axis) => positive(axis, x!.shape.length)),
  ),
);
recordKernel('GatherV2', ({ x, indices }, { recorder, attributes }) => {
  const axis = positive(attributes.axis as number, x!.shape.length);
  if (((attributes.batchDims as number | undefined) ?? 0) !== 0) {
    throw new Error('GatherV2 with batch dimensions is not recorded.');
  }
  const names = [recorder.inRowMajor(x!), recorder.inRowMajor(indices!)];
  const shape = [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)];
  return recorder.of(recorder.graph.emit('Gather', names, { axis: { int: axis } }), x!.dtype, shape);
});
recordKernel('OneHot', ({ indices }, { recorder, attributes }) => {
  const { depth, onValue = 1, offValue = 0 } = attributes as Record<string, number>;
  const values = recorder.graph.constant('float32', [2], [offValue!, onValue!]);
  const count = recorder.graph.constant('int64', [], [depth!]);
  const places = recorder.graph.emit('Cast', [recorder.inRowMajor(indices!)], { to: { int: 7 } });
  const name = recorder.graph.emit('OneHot', [places, count, values]);
  return recorder.of(name, 'float32', [...indices!.shape, depth!]);
});

export function transpose(x: RecordedValue, permutation: readonly number[]): RecordedValue {
  return {
    ...x,
    shape: permutation.map((axis) => x.shape[axis]!),
    layout: x.layout.map((axis) => (axis === filler ? filler : permutation.indexOf(axis))),
  };
}

/**
 * A new shape of the same values in row-major order. Free where only ones come or go; a reshape in place where
 * axes are split, or merged that lie beside each other in order; else the value is brought into row-major order.
 */
export function reshape(recorder: Recorder, x: RecordedValue, shape: readonly number[]): RecordedValue {
  if (x.uniform !== undefined) return { ...x, shape };
  const groups = axisGroups(x.shape, shape);
  if (groups !== undefined) {
    const layout: number[] = [];
    const remaining = [...x.layout];
    let fits = true;
    let relabelled = true;
    while (remaining.length > 0 && fits) {
      const axis = remaining.shift()!;
      if (axis === filler) {
        layout.push(filler);
        continue;
      }
      const group = groups.find(({ from }) => from.includes(axis))!;
      for (const member of group.from.slice(1)) {
        while (remaining[0] === filler) remaining.shift();
        fits &&= remaining.shift() === member;
      }
      fits &&= axis === group.from[0];
      layout.push(...group.to);
      relabelled &&= group.from.length === 1 && group.to.length === 1;
    }
    // A group that is broadcast as a whole stays so; one that is broadcast in part does not fit.
    if (fits) {
      const name = relabelled ? x.name : recorder.reshape(x.name, physicalShape({ shape, layout }));
      return { ...x, name, shape, layout };
    }
  }
  return { ...x, name: recorder.reshape(recorder.inRowMajor(x), shape), shape, layout: rowMajor(shape) };
}

interface AxisGroup {
  readonly from: number[];
  readonly to: number[];
}

/** Smallest runs of axes of equal product on both sides, axes of size one left out. */
function axisGroups(from: readonly number[], to: readonly number[]): AxisGroup[] | undefined {
  const left = from.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  const right = to.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  const groups: AxisGroup[] = [];
  while (left.length > 0 && right.length > 0) {
    const group: AxisGroup = { from: [left.shift()!], to: [right.shift()!] };
    let p = from[group.from[0]!]!;
    let q = to[group.to[0]!]!;
    while (p !== q) {
      const next = p < q ? left.shift() : right.shift();
      if (next === undefined) return undefined;
      if (p < q) {
        group.from.push(next);
        p *= from[next]!;
      } else {
        group.to.push(next);
        q *= to[next]!;
      }
    }
    groups.push(group);
  }
  return left.length === 0 && right.length === 0 ? groups : undefined;
}

export function slice(
  recorder: Recorder,
  x: RecordedValue,
  begin: readonly number[],
  size: readonly number[],
): RecordedValue {
  return stridedSlice(
    recorder,
    x,
    begin,
    size,
    begin.map(() => 1),
  );
}

/** `shape` is that of the result; an end that depends on the free batch is the end of the axis. */
export function stridedSlice(
  recorder: Recorder,
  x: RecordedValue,
  begin: readonly number[],
  shape: readonly number[],
  strides: readonly number[],
): RecordedValue {
  if (x.uniform !== undefined) return { ...x, shape };
  const cut = x.layout.flatMap((axis, i) => {
    if (axis === filler || shape[axis] === x.shape[axis]) return [];
    return [{ position: i, start: begin[axis]!, step: strides[axis]!, length: shape[axis]! }];
  });
  const layout = layoutOf(shape, x.layout);
  if (cut.length === 0) return { ...x, shape, layout };
  const name = sliceNode(
    recorder,
    x.name,
    cut.map(({ position }) => position),
    cut.map(({ start }) => start),
    cut.map(({ start, step, length }) => {
      const end = start + (length - 1) * step + 1;
      return recorder.isFree(length) ? Number.MAX_SAFE_INTEGER : end;
    }),
    cut.map(({ step }) => step),
  );
  return { ...x, name, shape, layout };
}

export function sliceNode(
  recorder: Recorder,
  name: ValueName,
  axes: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[] = axes.map(() => 1),
): ValueName {
  const { graph } = recorder;
  const operands = [name, graph.integers(starts), graph.integers(ends), graph.integers(axes)];
  if (steps.some((step) => step !== 1)) operands.push(graph.integers(steps));
  return graph.emit('Slice', operands);
}

export function reverse(recorder: Recorder, x: RecordedValue, axes: readonly number[]): RecordedValue {
  const positions = x.layout.flatMap((axis, i) => (axis !== filler && axes.includes(axis) ? [i] : []));
  if (positions.length === 0) return x;
  const name = sliceNode(
    recorder,
    x.name,
    positions,
    positions.map(() => -1),
    positions.map(() => Number.MIN_SAFE_INTEGER),
    positions.map(() => -1),
  );
  return { ...x, name };
}

export function pad(
  recorder: Recorder,
  x: RecordedValue,
  paddings: readonly (readonly [number, number])[],
  value: number,
): RecordedValue {
  const shape = x.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]);
  const padded = paddings.flatMap(([before, after], axis) => (before + after > 0 ? [axis] : []));
  if (padded.length === 0) return x;
  if (x.uniform === value) return recorder.uniform(x.dtype, shape, value);
  const order = heldAxes(x.layout);
  // Axes to be padded must be in the graph's value, if only with size one.
  const missing = padded.filter((axis) => !order.includes(axis));
  const layout = missing.length === 0 ? [...x.layout] : [...order, ...missing].sort((p, q) => p - q);
  const source =
    missing.length === 0
      ? x.name
      : recorder.reshape(
          recorder.inLayout(x, layoutOf(x.shape, layout)),
          layout.map((axis) => x.shape[axis]!),
        );
  const pads = [0, 1].flatMap((side) => layout.map((axis) => (axis === filler ? 0 : paddings[axis]![side]!)));
  const { graph } = recorder;
  const operands = [source, graph.integers(pads)];
  if (value !== 0) operands.push(graph.scalar(value, x.dtype));
  return { name: graph.emit('Pad', operands), dtype: x.dtype, shape, layout };
}

function tile(recorder: Recorder, x: RecordedValue, repeats: readonly number[]): RecordedValue {
  const shape = x.shape.map((size, axis) => size * repeats[axis]!);
  if (x.uniform !== undefined) return { ...x, shape };
  // What has size one, or is broadcast already, is only seen as larger.
  const physical = x.layout.map((axis) => (axis === filler ? 1 : repeats[axis]!));
  if (physical.every((count) => count === 1)) return { ...x, shape };
  const name = recorder.graph.emit('Tile', [x.name, recorder.graph.integers(physical)]);
  return { ...x, name, shape };
}

export function split(
  recorder: Recorder,
  x: RecordedValue,
  axis: number,
  sizes: readonly number[],
): RecordedValue[] {
  const shapes = sizes.map((size) => x.shape.map((whole, i) => (i === axis ? size : whole)));
  const position = x.layout.indexOf(axis);
  if (position === -1 || sizes.length === 1) {
    return shapes.map((shape) => ({ ...x, shape, layout: layoutOf(shape, x.layout) }));
  }
  const names = recorder.graph.emitMany(
    'Split',
    [x.name, recorder.graph.integers(sizes)],
    { axis: { int: position } },
    sizes.length,
  );
  return shapes.map((shape, i) => ({ ...x, name: names[i]!, shape, layout: layoutOf(shape, x.layout) }));
}

export function concat(recorder: Recorder, values: readonly RecordedValue[], axis: number): RecordedValue {
  if (values.length === 1) return values[0]!;
  const total = values.reduce((sum, value) => sum + value.shape[axis]!, 0);
  const shape = values[0]!.shape.map((size, i) => (i === axis ? total : size));
  const [first] = values;
  if (first!.uniform !== undefined && values.every(({ uniform }) => uniform === first!.uniform)) {
    return recorder.uniform(first!.dtype, shape, first!.uniform);
  }
  let order = heldAxes(commonLayout(recorder, values));
  for (const [i, size] of shape.entries()) {
    if (size === 1 || order.includes(i)) continue;
    const next = order.findIndex((other) => other > i);
    order = next === -1 ? [...order, i] : order.toSpliced(next, 0, i);
  }
  // Fillers of the largest operand are kept, so that a 1-wide image stays one.
  const largest = commonLayout(recorder, values);
  const layout = equalLists(heldAxes(largest), order) ? largest : order;
  const names = values.map((value) => {
    const own = layoutOf(value.shape, layout);
    return recorder.inLayout(value, own);
  });
  const name = recorder.graph.emit('Concat', names, { axis: { int: layout.indexOf(axis) } });
  return { name, dtype: first!.dtype, shape, layout };
}

function positive(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
