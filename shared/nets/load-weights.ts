import type { NamedArray } from '../engine/pass.ts';
import { SystoleError } from '../errors.ts';
import { float32Values, type StoredTensor } from '../storage/stored-tensor.ts';
import { checkWeights } from './check-weights.ts';
import { listedNames } from './listed-names.ts';
import type { Net } from './net.ts';

/**
 * The weights of a net out of a weight file, in single precision, by name. Optimizer slots, counters and the like are
 * left out.
 * @throws SystoleError weights_invalid, saying which parameters are missing, which tensors the net does not know,
 *   which differ in shape and which hold values that are not finite.
 */
export function loadWeights(net: Net, stored: ReadonlyMap<string, StoredTensor>): Map<string, NamedArray> {
  const weights = new Map<string, NamedArray>();
  const notFinite: string[] = [];
  for (const [name, shape] of checkWeights(net, stored)) {
    const data = float32Values(stored.get(name)!);
    if (!data.every(Number.isFinite)) notFinite.push(name);
    weights.set(name, { shape, data });
  }
  if (notFinite.length > 0)
    throw new SystoleError('weights_invalid', `Not finite: ${listedNames(notFinite)}.`);
  return weights;
}
