import { SystoleError } from '../errors.ts';
import { listedNames } from './listed-names.ts';
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

/**
 * Holds tensors against the parameters of a net, by name and shape. Optimizer slots, counters and the like may lie
 * beside them.
 * @returns the net's parameters with their shapes.
 * @throws SystoleError weights_invalid, saying which parameters are missing, which tensors the net does not know and
 *   which differ in shape.
 */
export function checkWeights(
  net: Net,
  found: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): ReadonlyMap<string, readonly number[]> {
  const expected = parameterShapes(net);
  const faults = differences(expected, found);
  if (faults.length > 0) throw new SystoleError('weights_invalid', faults.join(' '));
  return expected;
}

function differences(
  expected: ReadonlyMap<string, readonly number[]>,
  found: ReadonlyMap<string, { readonly shape: readonly number[] }>,
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
    ...(missing.length > 0 ? [`Missing: ${listedNames(missing)}.`] : []),
    ...(unknown.length > 0 ? [`Unknown: ${listedNames(unknown)}.`] : []),
    ...(misshapen.length > 0 ? [`Of another shape: ${listedNames(misshapen)}.`] : []),
  ];
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}
