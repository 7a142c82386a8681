/**
 * How one storage format of signal(5) lays the samples of a signal file out. A group is the smallest run of samples
 * that fills whole bytes. `decode` may return a view of `bytes`.
 */
export interface SampleFormat {
  readonly code: number;
  readonly groupSamples: number;
  readonly groupBytes: number;
  /** Smallest and largest value that can be stored (not counting `invalid`). */
  readonly minimum: number;
  readonly maximum: number;
  /** The stored value that marks a sample as invalid. */
  readonly invalid: number | undefined;
  /** True where the file holds first differences instead of values. */
  readonly differences: boolean;
  /** Bytes that `samples` samples take, the last group cut where the format allows it. */
  bytesOf(samples: number): number;
  /** @param bytes at least `bytesOf(samples)` bytes, from the first sample on. */
  decode(bytes: Uint8Array, samples: number): Int16Array | Int32Array;
  encode(values: Int32Array): Uint8Array;
}
