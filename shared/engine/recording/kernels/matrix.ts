import { microsoft } from '../graph-builder.ts';
import { filler, heldAxes, type RecordedValue } from '../recorded-value.ts';
import type { Recorder } from '../recorder.ts';
import { recordKernel } from '../recording-backend.ts';

/** Batched product of matrices; the batch axes of both operands are the same. */
recordKernel('BatchMatMul', ({ a, b }, { recorder, attributes }) => {
  const { transposeA, transposeB } = attributes as Record<string, boolean>;
  return matMul(recorder, a!, b!, transposeA === true, transposeB === true);
});

export function matMul(
  recorder: Recorder,
  a: RecordedValue,
  b: RecordedValue,
  transposeA: boolean,
  transposeB: boolean,
): RecordedValue {
  const rank = a.shape.length;
  const rows = a.shape[transposeA ? rank - 1 : rank - 2]!;
  const columns = b.shape[transposeB ? rank - 2 : rank - 1]!;
  const batch = a.shape.slice(0, -2).map((size, axis) => Math.max(size, b.shape[axis]!));
  const left = operand(recorder, a, transposeA);
  const right = operand(recorder, b, transposeB);
  const name = multiply(recorder, left, right, rank);
  return recorder.of(name, 'float32', [...batch, rows, columns]);
}

interface Operand {
  readonly name: string;
  /** Whether its last two axes are swapped against what the product needs. */
  readonly swapped: boolean;
}

/** The operand with every axis in order, or with the last two swapped if it lies so. */
function operand(recorder: Recorder, x: RecordedValue, transposed: boolean): Operand {
  const rank = x.shape.length;
  const straight = x.shape.map((_, axis) => axis);
  const swapped = straight.toSpliced(rank - 2, 2, rank - 1, rank - 2);
  const held = heldAxes(x.layout);
  const lastTwo = [rank - 2, rank - 1].map((axis) => held.indexOf(axis));
  const liesSwapped = lastTwo[0]! > -1 && lastTwo[1]! > -1 && lastTwo[0]! > lastTwo[1]!;
  const order = (liesSwapped ? swapped : straight).map((axis) => (x.shape[axis] === 1 ? filler : axis));
  return { name: recorder.inLayout(x, order), swapped: liesSwapped !== transposed };
}

function multiply(recorder: Recorder, a: Operand, b: Operand, rank: number): string {
  const { graph } = recorder;
  if (!a.swapped && !b.swapped) return graph.emit('MatMul', [a.name, b.name]);
  if (rank === 2) {
    const attributes = { transA: { int: Number(a.swapped) }, transB: { int: Number(b.swapped) } };
    return graph.emit('Gemm', [a.name, b.name], attributes);
  }
  if (!recorder.standard) {
    const attributes = { transA: { int: Number(a.swapped) }, transB: { int: Number(b.swapped) } };
    return graph.emit('FusedMatMul', [a.name, b.name], attributes, microsoft);
  }
  const straight = ({ name, swapped }: Operand) => {
    if (!swapped) return name;
    const axes = Array.from({ length: rank }, (_, axis) => axis);
    return graph.emit('Transpose', [name], {
      perm: { ints: axes.toSpliced(rank - 2, 2, rank - 1, rank - 2) },
    });
  };
  return graph.emit('MatMul', [straight(a), straight(b)]);
}
