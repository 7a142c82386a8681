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
