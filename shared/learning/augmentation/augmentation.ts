import type { Random } from '../../random.ts';

/** The samples of one recording as a net takes them: row-major [lead, sample]. */
export interface Signal {
  readonly leads: number;
  readonly samples: number;
  readonly data: Float32Array;
}

/** Changes a signal in place, or returns another (a crop is shorter). All chance comes from `random`. */
export type Augmentation = (signal: Signal, random: Random) => Signal;

/** One lead's samples, a view. */
export function lead(signal: Signal, index: number): Float32Array {
  return signal.data.subarray(index * signal.samples, (index + 1) * signal.samples);
}
