import type { TransferFunction } from './butterworth.ts';

/**
 * State of the transposed direct form II filter at rest under a constant input of 1, as scipy.signal.lfilter_zi: the
 * start that keeps a filter from ringing at the first sample.
 *
 * @returns as many values as the filter's order.
 */
export function steadyState({ b, a }: TransferFunction): Float64Array {
  const order = a.length - 1;
  const state = new Float64Array(order);
  // y = gain x at rest; each state is the one after it plus what its tap adds.
  let numerator = 0;
  let denominator = 0;
  for (let k = 0; k <= order; k++) {
    numerator += b[k]!;
    denominator += a[k]!;
  }
  const gain = numerator / denominator;
  let sum = 0;
  for (let k = order; k >= 1; k--) {
    sum += b[k]! - a[k]! * gain;
    state[k - 1] = sum;
  }
  return state;
}
