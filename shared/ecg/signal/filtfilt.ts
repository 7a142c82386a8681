import type { TransferFunction } from './butterworth.ts';
import { secondOrderFiltfilt } from './second-order-filtfilt.ts';
import { steadyState } from './steady-state.ts';
import { longestKept, type ZeroPhaseFilter } from './zero-phase-filter.ts';

/**
 * Runs the filter forward and backward over each signal, as scipy.signal.filtfilt does with its defaults: the ends
 * are extended by an odd reflection of 3 max(len(a), len(b)) samples, and both passes start at rest.
 */
export function filtfilt(filter: TransferFunction): ZeroPhaseFilter {
  return filter.a.length === 3 ? secondOrderFiltfilt(filter) : anyOrderFiltfilt(filter);
}

function anyOrderFiltfilt(filter: TransferFunction): ZeroPhaseFilter {
  const { b, a } = filter;
  const order = a.length - 1;
  const padding = 3 * (order + 1);
  const rest = steadyState(filter);
  const state = new Float64Array(order);
  let extended = new Float64Array(0);

  /** One pass in place from either end, at rest before it (transposed direct form II). */
  const pass = (count: number, step: 1 | -1): void => {
    const start = step === 1 ? 0 : count - 1;
    for (let k = 0; k < order; k++) state[k] = rest[k]! * extended[start]!;
    for (let n = 0, i = start; n < count; n++, i += step) {
      const x = extended[i]!;
      const y = b[0]! * x + state[0]!;
      for (let k = 0; k < order - 1; k++) state[k] = b[k + 1]! * x + state[k + 1]! - a[k + 1]! * y;
      state[order - 1] = b[order]! * x - a[order]! * y;
      extended[i] = y;
    }
  };
  return {
    padding,
    apply(signals, length) {
      if (length <= padding)
        throw new RangeError(`a signal of ${length} samples is too short to be filtered`);
      const total = length + 2 * padding;
      if (extended.length !== total) extended = new Float64Array(total);
      for (let start = 0; start < signals.length; start += length) {
        const last = start + length - 1;
        for (let i = 0; i < padding; i++) {
          extended[i] = 2 * signals[start]! - signals[start + padding - i]!;
          extended[total - 1 - i] = 2 * signals[last]! - signals[last - padding + i]!;
        }
        for (let i = 0; i < length; i++) extended[padding + i] = signals[start + i]!;
        pass(total, 1);
        pass(total, -1);
        for (let i = 0; i < length; i++) signals[start + i] = extended[padding + i]!;
      }
      if (length > longestKept) extended = new Float64Array(0);
    },
  };
}
