import type { Initializer } from '../engine/pass.ts';

/** Every value the same. */
export function constant(value: number): Initializer {
  return (shape) => new Float32Array(size(shape)).fill(value);
}

export const zeros = constant(0);
export const ones = constant(1);

/** Uniform in [-bound, bound). */
export function uniform(bound: number): Initializer {
  return (shape, random) => Float32Array.from({ length: size(shape) }, () => (2 * random() - 1) * bound);
}

/** Normal with mean 0 (Box-Muller). */
export function normal(standardDeviation: number): Initializer {
  return (shape, random) =>
    Float32Array.from({ length: size(shape) }, () => {
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      return standardDeviation * radius * Math.cos(2 * Math.PI * random());
    });
}

/** PyTorch's default of convolutions and linear layers, weight and bias: uniform within 1 / sqrt(fan in). */
export function fanInUniform(fanIn: number): Initializer {
  return uniform(1 / Math.sqrt(fanIn));
}

/** He et al. 2015: normal with variance 2 / fan. */
export function kaimingNormal(fan: number): Initializer {
  return normal(Math.sqrt(2 / fan));
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}
