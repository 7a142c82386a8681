import { filler, heldAxes, type RecordedValue } from '../recorded-value.ts';
import type { Recorder } from '../recorder.ts';
import { recordKernel } from '../recording-backend.ts';
import { cast, combine, map } from './elementwise.ts';

const reductions: Readonly<Record<string, string>> = {
  Sum: 'ReduceSum',
  Mean: 'ReduceMean',
  Max: 'ReduceMax',
  Min: 'ReduceMin',
};

for (const [kernel, operator] of Object.entries(reductions)) {
  recordKernel(kernel, ({ x }, { recorder, attributes }) => {
    const axes = axesOf(x!, attributes.axis ?? attributes.reductionIndices);
    return dropped(reduce(recorder, operator, x!, axes), axes, attributes.keepDims === true);
  });
}

recordKernel('All', ({ x }, { recorder, attributes }) => reduceTruth(recorder, 'ReduceMin', x!, attributes));
recordKernel('Any', ({ x }, { recorder, attributes }) => reduceTruth(recorder, 'ReduceMax', x!, attributes));

recordKernel('Softmax', ({ logits }, { recorder, attributes }) =>
  alongAxis(recorder, 'Softmax', logits!, (attributes.dim as number | undefined) ?? -1),
);
recordKernel('LogSoftmax', ({ logits }, { recorder, attributes }) =>
  alongAxis(recorder, 'LogSoftmax', logits!, (attributes.axis as number | undefined) ?? -1),
);
recordKernel('ArgMax', ({ x }, { recorder, attributes }) => arg(recorder, 'ArgMax', x!, attributes.axis));
recordKernel('ArgMin', ({ x }, { recorder, attributes }) => arg(recorder, 'ArgMin', x!, attributes.axis));

/** Reduces over logical axes, all of which stay with size one; the layout stays too, with fillers for them. */
export function reduce(
  recorder: Recorder,
  operator: string,
  x: RecordedValue,
  axes: readonly number[],
): RecordedValue {
  const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const physical = x.layout.flatMap((axis, i) => (axis !== filler && axes.includes(axis) ? [i] : []));
  const { uniform: _, ...view } = x;
  const layout = x.layout.map((axis) => (axes.includes(axis) ? filler : axis));
  const name =
    physical.length === 0
      ? x.name
      : recorder.graph.emit(operator, [x.name, recorder.graph.integers(physical)], { keepdims: { int: 1 } });
  const reduced: RecordedValue = { ...view, name, shape, layout };
  if (operator !== 'ReduceSum') return x.uniform === undefined ? reduced : { ...reduced, uniform: x.uniform };
  // Axes that are broadcast hold one value: their sum is that value times their size.
  const times = x.shape.reduce(
    (product, size, axis) =>
      axes.includes(axis) && size !== 1 && !x.layout.includes(axis) ? product * size : product,
    1,
  );
  if (recorder.isFree(times)) throw new Error('A constant cannot be summed over the free batch.');
  const source = x.uniform === undefined ? reduced : { ...reduced, uniform: x.uniform };
  return combine(recorder, 'Mul', source, recorder.uniform(x.dtype, [], times));
}

function axesOf(x: RecordedValue, axis: unknown): number[] {
  const all = x.shape.map((_, i) => i);
  if (axis === undefined || axis === null) return all;
  const list = Array.isArray(axis) ? (axis as number[]) : [axis as number];
  return list.map((i) => (i < 0 ? i + x.shape.length : i));
}

/** Drops the reduced axes from the shape unless they are kept. */
function dropped(x: RecordedValue, axes: readonly number[], keep: boolean): RecordedValue {
  if (keep) return x;
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  return {
    ...x,
    shape: kept.map((axis) => x.shape[axis]!),
    layout: x.layout.map((axis) => (axis === filler ? filler : kept.indexOf(axis))),
  };
}

function reduceTruth(
  recorder: Recorder,
  operator: string,
  x: RecordedValue,
  attributes: Readonly<Record<string, unknown>>,
): RecordedValue {
  const axes = axesOf(x, attributes.axis);
  const reduced = reduce(recorder, operator, cast(recorder, x, 'int32'), axes);
  return dropped(cast(recorder, reduced, 'bool'), axes, attributes.keepDims === true);
}

function alongAxis(recorder: Recorder, operator: string, x: RecordedValue, dim: number): RecordedValue {
  const axis = dim < 0 ? dim + x.shape.length : dim;
  const position = x.layout.indexOf(axis);
  if (position === -1) {
    const order = [...heldAxes(x.layout), axis];
    const name = recorder.graph.emit(operator, [recorder.inLayout(x, order)], { axis: { int: -1 } });
    return { name, dtype: x.dtype, shape: x.shape, layout: order };
  }
  return map(recorder, operator, x, { axis: { int: position } });
}

function arg(recorder: Recorder, operator: string, x: RecordedValue, axisAttribute: unknown): RecordedValue {
  const [axis] = axesOf(x, axisAttribute);
  const position = x.layout.indexOf(axis!);
  const name = recorder.graph.emit(operator, [x.name], { axis: { int: position }, keepdims: { int: 1 } });
  const integers = recorder.graph.emit('Cast', [name], { to: { int: 6 } });
  const shape = x.shape.map((size, i) => (i === axis ? 1 : size));
  const layout = x.layout.map((held) => (held === axis ? filler : held));
  return dropped({ name: integers, dtype: 'int32', shape, layout }, [axis!], false);
}
