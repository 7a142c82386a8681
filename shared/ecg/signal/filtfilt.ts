import type { TransferFunction } from './butterworth.ts';
import { steadyState } from './steady-state.ts';

/** A zero-phase filter; the same instance serves any number of signals and reuses its memory. */
export interface ZeroPhaseFilter {
  /** Samples that a signal must have more than. */
  readonly padding: number;
  /**
   * Filters signals of `length` samples that lie one after the other, in place; arithmetic is in float64.
   * @throws RangeError when the signals are too short.
   */
  apply(signals: Float32Array | Float64Array, length: number): void;
}

/**
 * Runs the filter forward and backward over each signal, as scipy.signal.filtfilt does with its defaults: the ends
 * are extended by an odd reflection of 3 max(len(a), len(b)) samples, and both passes start at rest.
 */
export function filtfilt(filter: TransferFunction): ZeroPhaseFilter {
  const order = filter.a.length - 1;
  const padding = 3 * (order + 1);
  const rest = steadyState(filter);
  const pass = order === 2 ? secondOrderPass(filter, rest) : anyOrderPass(filter, rest);
  let extended = new Float64Array(0);
  return {
    padding,
    apply(signals, length) {
      if (length <= padding)
        throw new RangeError(`a signal of ${length} samples is too short to be filtered`);
      const total = length + 2 * padding;
      if (extended.length !== abreast * total) extended = new Float64Array(abreast * total);
      for (let start = 0; start < signals.length; start += abreast * length) {
        const count = Math.min(abreast, (signals.length - start) / length);
        for (let k = 0; k < count; k++) extend(signals, start + k * length, length, padding, extended, k);
        pass(extended, total, 1);
        pass(extended, total, -1);
        for (let k = 0; k < count; k++) {
          const from = start + k * length;
          for (let i = 0; i < length; i++) signals[from + i] = extended[abreast * (padding + i) + k]!;
        }
      }
      if (length > longestKept) extended = new Float64Array(0);
    },
  };
}

/**
 * Signals that go through a recursive filter side by side. Each sample waits for the one before it, so a single
 * signal leaves most of a processor idle; four take about the time of one.
 */
const abreast = 4;

/** Samples of the longest signal whose memory is kept for the next one. */
const longestKept = 1 << 17;

/** Lays a signal with its reflected ends out as column `k` of `extended` [time, abreast]. */
function extend(
  signals: Float32Array | Float64Array,
  start: number,
  length: number,
  padding: number,
  extended: Float64Array,
  k: number,
): void {
  const last = start + length - 1;
  const end = length + 2 * padding - 1;
  for (let i = 0; i < padding; i++) {
    extended[abreast * i + k] = 2 * signals[start]! - signals[start + padding - i]!;
    extended[abreast * (end - i) + k] = 2 * signals[last]! - signals[last - padding + i]!;
  }
  for (let i = 0; i < length; i++) extended[abreast * (padding + i) + k] = signals[start + i]!;
}

/** One pass in place over `count` rows, from the first (`step` 1) or the last (-1), at rest before it. */
type Pass = (rows: Float64Array, count: number, step: 1 | -1) => void;

function anyOrderPass({ b, a }: TransferFunction, rest: Float64Array): Pass {
  const state = new Float64Array(rest.length);
  const last = rest.length - 1;
  return (rows, count, step) => {
    const start = step === 1 ? 0 : abreast * (count - 1);
    for (let k = start; k < start + abreast; k++) {
      for (let j = 0; j <= last; j++) state[j] = rest[j]! * rows[k]!;
      for (let n = 0, i = k; n < count; n++, i += step * abreast) {
        const x = rows[i]!;
        const y = b[0]! * x + state[0]!;
        for (let j = 0; j < last; j++) state[j] = b[j + 1]! * x + state[j + 1]! - a[j + 1]! * y;
        state[last] = b[last + 1]! * x - a[last + 1]! * y;
        rows[i] = y;
      }
    }
  };
}

/** Every notch and second-order filter: four signals at a time, their states in registers. */
function secondOrderPass({ b, a }: TransferFunction, rest: Float64Array): Pass {
  const [b0, b1, b2] = b as unknown as [number, number, number];
  const [, a1, a2] = a as unknown as [number, number, number];
  const [r0, r1] = rest as unknown as [number, number];
  return (rows, count, step) => {
    let i = step === 1 ? 0 : abreast * (count - 1);
    let p0 = r0 * rows[i]!;
    let p1 = r1 * rows[i]!;
    let q0 = r0 * rows[i + 1]!;
    let q1 = r1 * rows[i + 1]!;
    let s0 = r0 * rows[i + 2]!;
    let s1 = r1 * rows[i + 2]!;
    let t0 = r0 * rows[i + 3]!;
    let t1 = r1 * rows[i + 3]!;
    for (let n = 0; n < count; n++, i += step * abreast) {
      const px = rows[i]!;
      const qx = rows[i + 1]!;
      const sx = rows[i + 2]!;
      const tx = rows[i + 3]!;
      const py = b0 * px + p0;
      const qy = b0 * qx + q0;
      const sy = b0 * sx + s0;
      const ty = b0 * tx + t0;
      p0 = b1 * px + p1 - a1 * py;
      q0 = b1 * qx + q1 - a1 * qy;
      s0 = b1 * sx + s1 - a1 * sy;
      t0 = b1 * tx + t1 - a1 * ty;
      p1 = b2 * px - a2 * py;
      q1 = b2 * qx - a2 * qy;
      s1 = b2 * sx - a2 * sy;
      t1 = b2 * tx - a2 * ty;
      rows[i] = py;
      rows[i + 1] = qy;
      rows[i + 2] = sy;
      rows[i + 3] = ty;
    }
  };
}
