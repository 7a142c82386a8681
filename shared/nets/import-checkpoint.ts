import type { NamedArray } from '../engine/pass.ts';
import { SystoleError } from '../errors.ts';
import { readWeightFile } from '../storage/weight-file.ts';
import { buildNet } from './build-net.ts';
import { type DescribedNet, type InferredNet, inferConfiguration } from './infer-configuration.ts';
import { loadWeights } from './load-weights.ts';

/** A published model: one net and the weights of its members, whose probabilities are averaged. */
export interface ImportedModel extends InferredNet {
  readonly members: readonly ReadonlyMap<string, NamedArray>[];
}

/**
 * Reads published checkpoints, safetensors or PyTorch's own form, into one model; several files (DSAIL_SNU's ten
 * folds) become the members of an ensemble.
 * @param net its name, and what names and shapes of tensors do not tell where it is not the published system's.
 * @throws SystoleError weights_invalid, naming the file by its place and saying which parameters are missing, unknown
 *   or of another shape; unsupported_format.
 */
export function importCheckpoint(net: DescribedNet, files: readonly Uint8Array[]): ImportedModel {
  const [first, ...others] = files.map((bytes, index) => {
    try {
      // TensorFlow's names end in the number of an output.
      const stored = new Map(
        [...readWeightFile(bytes)].map(([tensor, value]) => [tensor.replace(/:0$/, ''), value]),
      );
      const shapes = new Map([...stored].map(([tensor, { shape }]) => [tensor, shape]));
      const inferred = inferConfiguration(net, shapes);
      const built = buildNet(inferred.configuration, inferred.classes);
      return { inferred, weights: loadWeights(built, stored) };
    } catch (error) {
      if (!(error instanceof SystoleError) || files.length === 1) throw error;
      throw new SystoleError(error.reason, `File ${index + 1}: ${error.detail ?? ''}`, { cause: error });
    }
  });
  if (first === undefined) throw new RangeError('No file is given.');
  const own = JSON.stringify(first.inferred);
  const odd = others.findIndex(({ inferred }) => JSON.stringify(inferred) !== own);
  if (odd >= 0) {
    throw new SystoleError('weights_invalid', `File ${odd + 2} is of another net than file 1.`);
  }
  return { ...first.inferred, members: [first, ...others].map(({ weights }) => weights) };
}
