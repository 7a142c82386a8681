import type { TransferFunction } from './butterworth.ts';
import { steadyState } from './steady-state.ts';

/** A zero-phase filter; the same instance serves any number of signals and reuses its memory. */
export interface ZeroPhaseFilter {
  /** Samples that a signal must have more than. */
  readonly padding: number;
  /** Filters `samples` in place, `length` samples from `start` on; arithmetic is in float64. */
  apply(samples: Float32Array | Float64Array, start: number, length: number): void;
}

/**
 * Runs the filter forward and backward over the signal, as scipy.signal.filtfilt does with its defaults: the ends are
 * extended by an odd reflection of 3 max(len(a), len(b)) samples, and both passes start at rest.
 */
export function filtfilt(filter: TransferFunction): ZeroPhaseFilter {
  const { b, a } = filter;
  const order = a.length - 1;
  const padding = 3 * (order + 1);
  const rest = steadyState(filter);
  const state = new Float64Array(order);
  const pass = order === 2 ? secondOrderPass(b, a) : anyOrderPass(b, a, state);
  let extended = new Float64Array(0);
  return {
    padding,
    apply(samples, start, length) {
      if (length <= padding)
        throw new RangeError(`a signal of ${length} samples is too short to be filtered`);
      const total = length + 2 * padding;
      if (extended.length < total) extended = new Float64Array(total);
      const first = samples[start]!;
      const last = samples[start + length - 1]!;
      for (let i = 0; i < padding; i++) {
        extended[i] = 2 * first - samples[start + padding - i]!;
        extended[total - 1 - i] = 2 * last - samples[start + length - 1 - padding + i]!;
      }
      for (let i = 0; i < length; i++) extended[padding + i] = samples[start + i]!;
      for (let k = 0; k < order; k++) state[k] = rest[k]! * extended[0]!;
      pass(extended, 0, total, 1, state);
      for (let k = 0; k < order; k++) state[k] = rest[k]! * extended[total - 1]!;
      pass(extended, total - 1, total, -1, state);
      for (let i = 0; i < length; i++) samples[start + i] = extended[padding + i]!;
    },
  };
}

/** One pass in place over `count` samples from `start` in direction `step`, from a given state (transposed DF II). */
type Pass = (samples: Float64Array, start: number, count: number, step: 1 | -1, state: Float64Array) => void;

function anyOrderPass(b: Float64Array, a: Float64Array, state: Float64Array): Pass {
  const last = state.length - 1;
  return (samples, start, count, step) => {
    for (let n = 0, i = start; n < count; n++, i += step) {
      const x = samples[i]!;
      const y = b[0]! * x + state[0]!;
      for (let k = 0; k < last; k++) state[k] = b[k + 1]! * x + state[k + 1]! - a[k + 1]! * y;
      state[last] = b[last + 1]! * x - a[last + 1]! * y;
      samples[i] = y;
    }
  };
}

/** The case of every notch and second-order filter, with its state in registers. */
function secondOrderPass(b: Float64Array, a: Float64Array): Pass {
  const [b0, b1, b2] = b as unknown as [number, number, number];
  const [, a1, a2] = a as unknown as [number, number, number];
  return (samples, start, count, step, state) => {
    let s0 = state[0]!;
    let s1 = state[1]!;
    for (let n = 0, i = start; n < count; n++, i += step) {
      const x = samples[i]!;
      const y = b0 * x + s0;
      s0 = b1 * x + s1 - a1 * y;
      s1 = b2 * x - a2 * y;
      samples[i] = y;
    }
  };
}
