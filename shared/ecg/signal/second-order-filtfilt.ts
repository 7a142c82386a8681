import type { TransferFunction } from './butterworth.ts';
import { steadyState } from './steady-state.ts';
import { longestKept, type ZeroPhaseFilter } from './zero-phase-filter.ts';

/**
 * Signals that go through the filter side by side. Each sample of a recursive filter waits for the one before it, so
 * a single signal leaves most of a processor idle; four take little more than the time of one.
 */
const abreast = 4;

/**
 * `filtfilt` for a second-order filter, every notch among them: four signals at a time, states in registers, the
 * forward pass reading the signals and the backward pass writing them, so that nothing is copied in between.
 */
export function secondOrderFiltfilt(filter: TransferFunction): ZeroPhaseFilter {
  const [rest0, rest1] = steadyState(filter) as unknown as [number, number];
  const padding = 9;
  /** Two values a signal, as the loops below hand them on. */
  const state = new Float64Array(2 * abreast);
  /** What the forward pass gives, [time, signal], over the signals and their extension at the end. */
  let rows = new Float64Array(0);
  const atRest = (k: number, x: number): void => {
    state[2 * k] = rest0 * x;
    state[2 * k + 1] = rest1 * x;
  };
  return {
    padding,
    apply(signals, length) {
      if (length <= padding)
        throw new RangeError(`a signal of ${length} samples is too short to be filtered`);
      const size = abreast * (length + padding);
      if (rows.length !== size) rows = new Float64Array(size);
      const count = Math.floor(signals.length / length);
      for (let signal = 0; signal < count; signal += abreast) {
        // In a last group of fewer than four a signal stands in more than one column.
        const starts = Array.from({ length: abreast }, (_, k) => Math.min(signal + k, count - 1) * length);
        for (const [k, start] of starts.entries()) {
          atRest(k, 2 * signals[start]! - signals[start + padding]!);
          for (let i = padding; i > 0; i--) step(filter, state, k, 2 * signals[start]! - signals[start + i]!);
        }
        forward(filter, state, rows, signals, starts, length);
        for (const [k, start] of starts.entries()) {
          const last = start + length - 1;
          const end = abreast * length + k;
          for (let i = 0; i < padding; i++)
            rows[end + abreast * i] = step(filter, state, k, 2 * signals[last]! - signals[last - 1 - i]!);
          atRest(k, rows[end + abreast * (padding - 1)]!);
          for (let i = padding - 1; i >= 0; i--) step(filter, state, k, rows[end + abreast * i]!);
        }
        backward(filter, state, rows, signals, starts, length);
      }
      if (length > longestKept) rows = new Float64Array(0);
    },
  };
}

// The loops are functions of the module and not closures, so that all filters share what the compiler learns of them.

/** One step of signal `k` through the filter (transposed direct form II). */
function step({ b, a }: TransferFunction, state: Float64Array, k: number, x: number): number {
  const y = b[0]! * x + state[2 * k]!;
  state[2 * k] = b[1]! * x + state[2 * k + 1]! - a[1]! * y;
  state[2 * k + 1] = b[2]! * x - a[2]! * y;
  return y;
}

function forward(
  { b, a }: TransferFunction,
  state: Float64Array,
  rows: Float64Array,
  signals: Float32Array | Float64Array,
  starts: readonly number[],
  length: number,
): void {
  const [b0, b1, b2, a1, a2] = [b[0]!, b[1]!, b[2]!, a[1]!, a[2]!];
  const [p, q, r, s] = [starts[0]!, starts[1]!, starts[2]!, starts[3]!];
  let [p0, p1, q0, q1, r0, r1, s0, s1] = statesOf(state);
  for (let i = 0, row = 0; i < length; i++, row += abreast) {
    const px = signals[p + i]!;
    const qx = signals[q + i]!;
    const rx = signals[r + i]!;
    const sx = signals[s + i]!;
    const py = b0 * px + p0;
    const qy = b0 * qx + q0;
    const ry = b0 * rx + r0;
    const sy = b0 * sx + s0;
    p0 = b1 * px + p1 - a1 * py;
    q0 = b1 * qx + q1 - a1 * qy;
    r0 = b1 * rx + r1 - a1 * ry;
    s0 = b1 * sx + s1 - a1 * sy;
    p1 = b2 * px - a2 * py;
    q1 = b2 * qx - a2 * qy;
    r1 = b2 * rx - a2 * ry;
    s1 = b2 * sx - a2 * sy;
    rows[row] = py;
    rows[row + 1] = qy;
    rows[row + 2] = ry;
    rows[row + 3] = sy;
  }
  state.set([p0, p1, q0, q1, r0, r1, s0, s1]);
}

function backward(
  { b, a }: TransferFunction,
  state: Float64Array,
  rows: Float64Array,
  signals: Float32Array | Float64Array,
  starts: readonly number[],
  length: number,
): void {
  const [b0, b1, b2, a1, a2] = [b[0]!, b[1]!, b[2]!, a[1]!, a[2]!];
  const [p, q, r, s] = [starts[0]!, starts[1]!, starts[2]!, starts[3]!];
  let [p0, p1, q0, q1, r0, r1, s0, s1] = statesOf(state);
  for (let i = length - 1, row = abreast * (length - 1); i >= 0; i--, row -= abreast) {
    const px = rows[row]!;
    const qx = rows[row + 1]!;
    const rx = rows[row + 2]!;
    const sx = rows[row + 3]!;
    const py = b0 * px + p0;
    const qy = b0 * qx + q0;
    const ry = b0 * rx + r0;
    const sy = b0 * sx + s0;
    p0 = b1 * px + p1 - a1 * py;
    q0 = b1 * qx + q1 - a1 * qy;
    r0 = b1 * rx + r1 - a1 * ry;
    s0 = b1 * sx + s1 - a1 * sy;
    p1 = b2 * px - a2 * py;
    q1 = b2 * qx - a2 * qy;
    r1 = b2 * rx - a2 * ry;
    s1 = b2 * sx - a2 * sy;
    signals[p + i] = py;
    signals[q + i] = qy;
    signals[r + i] = ry;
    signals[s + i] = sy;
  }
}

type States = [number, number, number, number, number, number, number, number];

function statesOf(state: Float64Array): States {
  return [state[0]!, state[1]!, state[2]!, state[3]!, state[4]!, state[5]!, state[6]!, state[7]!];
}
