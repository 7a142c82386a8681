import { signalKernel } from '../signal-kernel.ts';
import type { TransferFunction } from './butterworth.ts';
import { steadyState } from './steady-state.ts';
import type { ZeroPhaseFilter } from './zero-phase-filter.ts';

/**
 * Signals that go through the filter side by side. Each sample of a recursive filter waits for the one before it, so
 * a single signal leaves most of a processor idle; four take little more than the time of one.
 */
const abreast = 4;
/** What the kernel has room for: a band-pass has twice its order. */
const highestOrder = 16;
const { BYTES_PER_ELEMENT: double } = Float64Array;

/**
 * Runs the filter forward and backward over each signal, as scipy.signal.filtfilt does with its defaults: the ends
 * are extended by an odd reflection of 3 max(len(a), len(b)) samples, and both passes start at rest.
 *
 * @throws RangeError for a filter of an order above 16.
 */
export function filtfilt(filter: TransferFunction): ZeroPhaseFilter {
  const order = filter.a.length - 1;
  if (order > highestOrder) throw new RangeError(`a filter of order ${order} is too high`);
  const padding = 3 * (order + 1);
  const constants = Float64Array.of(...filter.b, ...filter.a, ...steadyState(filter));
  return {
    padding,
    apply(signals, length) {
      if (length <= padding)
        throw new RangeError(`a signal of ${length} samples is too short to be filtered`);
      const wide = signals instanceof Float64Array;
      const group = abreast * length;
      const sizes = [
        group * signals.BYTES_PER_ELEMENT,
        (group + 2 * abreast * padding) * double,
        constants.byteLength,
      ];
      signalKernel.run(sizes, (kernel, memory, [area, rows, constantsAt]) => {
        new Float64Array(memory, constantsAt, constants.length).set(constants);
        const inside = new (wide ? Float64Array : Float32Array)(memory, area, group);
        for (let start = 0; start < signals.length; start += group) {
          const some = signals.subarray(start, start + group);
          inside.set(some);
          // Numbers left from something else may be ones with which arithmetic is slow.
          inside.fill(0, some.length);
          kernel.filtfilt(area!, Number(wide), length, rows!, constantsAt!, order, padding);
          some.set(inside.subarray(0, some.length));
        }
      });
    },
  };
}
