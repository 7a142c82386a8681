import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/** One parameter as an optimizer sees it. Its name decides its weight decay (none on batch norm, say). */
export interface Gradient {
  readonly name: string;
  readonly value: Tensor;
  readonly gradient: Tensor;
}

/**
 * A rule that turns a gradient into a new parameter, in tf.js core operations, so that it runs eagerly and is
 * recorded into a training graph alike. It keeps nothing itself: what it remembers between steps are its slots,
 * tensors of the parameter's shape that start at zero; what changes from step to step are its scalars, which are
 * computed in double precision outside the graph and enter it as inputs.
 */
export interface Optimizer {
  readonly name: string;
  /** Names of the tensors kept for each parameter (Adam: `m`, `v`). */
  readonly slots: readonly string[];
  /**
   * The numbers of one step.
   * @param step counts from 1.
   */
  scalars(step: number, learningRate: number): Record<string, number>;
  /** One parameter's update. Called inside a tidy; returns the new value and every slot anew. */
  update(
    parameter: Gradient,
    slots: Readonly<Record<string, Tensor>>,
    scalars: Readonly<Record<string, Scalar>>,
  ): { value: Tensor; slots: Record<string, Tensor> };
}
