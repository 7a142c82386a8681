import type { Tensor, Variable } from '@tensorflow/tfjs-core';

/**
 * Fills a new parameter. `random` yields uniform numbers in [0, 1) that depend on the parameter's name and the
 * seed of the net alone.
 */
export type Initializer = (shape: readonly number[], random: () => number) => Float32Array;

/** A tensor outside any backend: row-major values in the logical order of `shape`. */
export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The weights of one net by the names of the published checkpoint. */
export interface NetParameters {
  /**
   * The parameter of this name: created at first use, found afterwards.
   * @throws RangeError when it exists with another shape.
   */
  get(
    name: string,
    shape: readonly number[],
    initializer: Initializer,
    options?: { trainable?: boolean },
  ): Variable;
  /** All parameters in order of creation; `variable.trainable` says which take gradients. */
  variables(): ReadonlyMap<string, Variable>;
}

/**
 * What a layer needs to know of the run it is part of. `mask` draws the random mask of a dropout: zeros with
 * probability `rate` (to 0.2 %), elsewhere the number that keeps the expectation, new at every step and the same on
 * every engine for the same seed
 * and step.
 */
export interface Pass {
  readonly parameters: NetParameters;
  readonly training: boolean;
  mask(shape: readonly number[], rate: number): Tensor;
}

/** The pass of scoring: batch norm uses its running averages, dropout does nothing. */
export function inferencePass(parameters: NetParameters): Pass {
  return {
    parameters,
    training: false,
    mask() {
      throw new Error('A pass of inference draws no dropout mask.');
    },
  };
}
