import type { NamedArray } from '../engine/pass.ts';
import { SystoleError } from '../errors.ts';
import { float32Values, type StoredTensor } from '../storage/stored-tensor.ts';
import type { Net } from './net.ts';
import { parameterShapes } from './parameter-shapes.ts';

/** What published checkpoints hold beside the weights of their nets. */
const besideWeights = [
  /(^|\.)num_batches_tracked$/,
  /(^|\.)pe$/, // a table of positions, which are worked out here
  /^encoder\.encoder_layer\./, // a layer that the published encoder copies and does not use
  /^rb1\.shortcut\./, // never used by the published baseline
  /(^|\/)(global_step|beta[12]_power)$/,
  /\/(Adam|Adam_1|Momentum|RMSProp|RMSProp_1|ExponentialMovingAverage)$/,
];

/** At most so many names stand in a message. */
const maxNames = 5;

/**
 * The weights of a net out of a weight file, in single precision, by name. Optimizer slots, counters and the like are
 * left out.
 * @throws SystoleError weights_invalid, saying which parameters are missing, which tensors the net does not know,
 *   which differ in shape and which hold values that are not finite.
 */
export function loadWeights(net: Net, stored: ReadonlyMap<string, StoredTensor>): Map<string, NamedArray> {
  const expected = parameterShapes(net);
  const faults = differences(expected, stored);
  if (faults.length > 0) throw new SystoleError('weights_invalid', faults.join(' '));
  const weights = new Map<string, NamedArray>();
  const notFinite: string[] = [];
  for (const [name, shape] of expected) {
    const data = float32Values(stored.get(name)!);
    if (!data.every(Number.isFinite)) notFinite.push(name);
    weights.set(name, { shape, data });
  }
  if (notFinite.length > 0) throw new SystoleError('weights_invalid', `Not finite: ${listed(notFinite)}.`);
  return weights;
}

function differences(
  expected: ReadonlyMap<string, readonly number[]>,
  found: ReadonlyMap<string, StoredTensor>,
): string[] {
  const missing = [...expected.keys()].filter((name) => !found.has(name));
  const unknown = [...found.keys()].filter(
    (name) => !expected.has(name) && !besideWeights.some((pattern) => pattern.test(name)),
  );
  const misshapen = [...expected].flatMap(([name, shape]) => {
    const other = found.get(name)?.shape;
    if (other === undefined || sameShape(shape, other)) return [];
    return `${name} ([${other}] in the place of [${shape}])`;
  });
  return [
    ...(missing.length > 0 ? [`Missing: ${listed(missing)}.`] : []),
    ...(unknown.length > 0 ? [`Unknown: ${listed(unknown)}.`] : []),
    ...(misshapen.length > 0 ? [`Of another shape: ${listed(misshapen)}.`] : []),
  ];
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).map((name) => name.slice(0, 120));
  return shown.join(', ') + (names.length > maxNames ? ` and ${names.length - maxNames} more` : '');
}
