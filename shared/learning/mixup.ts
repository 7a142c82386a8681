import type { Random } from '../random.ts';

/** How the records of a batch are mixed: record i becomes lambda * i + (1 - lambda) * partners[i]. */
export interface Mixing {
  readonly lambda: number;
  readonly partners: Int32Array;
}

/**
 * Draws the mixing of one batch: lambda from Beta(alpha, alpha), partners from a permutation of the batch
 * (Zhang et al. 2018 on inputs; Verma et al. 2019 on hidden features, "manifold mixup").
 */
export function drawMixing(records: number, alpha: number, random: Random): Mixing {
  return { lambda: random.beta(alpha, alpha), partners: random.permutation(records) };
}

/** The mixing as a matrix [record, record], row-major: mixed = matrix x batch. */
export function mixingMatrix({ lambda, partners }: Mixing): Float32Array {
  const n = partners.length;
  const matrix = new Float32Array(n * n);
  for (let i = 0; i < n; i++) {
    matrix[i * n + i]! += lambda;
    matrix[i * n + partners[i]!]! += 1 - lambda;
  }
  return matrix;
}
