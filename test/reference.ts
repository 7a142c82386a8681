import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { NamedArray } from '../shared/engine/pass.ts';
import { Random } from '../shared/random.ts';

// Neither is part of the repository: they lie beside it, and tests that need them are skipped where they do not.
/** The published systems' results. */
export const referenceFolder = fileURLToPath(new URL('../../shared/reference/', import.meta.url));
/** Real recordings. */
export const dataFolder = fileURLToPath(new URL('../../shared/data/', import.meta.url));
export const hasReference = existsSync(referenceFolder);
export const hasData = existsSync(dataFolder);

/** A tensor of the reference results: its values follow from its name. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** `sqrt(3/fanIn)u`, `0.1u`, `1+0.1u`, `255U, ...`: see the README of the reference results. */
  readonly rule?: string;
}

/** A results file of the reference folder. */
export function readReference<T>(path: string): T {
  return JSON.parse(readFileSync(`${referenceFolder}${path}`, 'utf8')) as T;
}

/** A text file of the reference folder. */
export function readReferenceText(path: string): string {
  return readFileSync(`${referenceFolder}${path}`, 'utf8');
}

/** A file of single-precision numbers of the reference folder. */
export function readReferenceFloats(path: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(`${referenceFolder}${path}`)).buffer);
}

/** The uniform numbers in [0, 1) that belong to a name: mulberry32, counted from its FNV-1a hash. */
export function namedUniform(name: string, count: number): Float64Array {
  const random = Random.named(0, name);
  return Float64Array.from({ length: count }, () => random.uniform());
}

/** The values of a tensor by its name and rule, row-major. */
export function namedValues({ name, shape, rule = 'u' }: NamedTensor): Float32Array {
  const count = shape.reduce((product, dimension) => product * dimension, 1);
  return Float32Array.from(namedUniform(name, count), valuesBy(rule, shape));
}

/** Weights by name, as a net's parameters load them. */
export function namedWeights(parameters: readonly NamedTensor[]): Map<string, NamedArray> {
  return new Map(
    parameters.map((parameter) => [parameter.name, { shape: parameter.shape, data: namedValues(parameter) }]),
  );
}

function valuesBy(rule: string, shape: readonly number[]): (uniform: number) => number {
  const [formula] = rule.split(',');
  switch (formula) {
    case 'u':
      return (uniform) => 2 * uniform - 1;
    case '0.1u':
      return (uniform) => 0.1 * (2 * uniform - 1);
    case '1+0.1u':
      return (uniform) => 1 + 0.1 * (2 * uniform - 1);
    case '1+0.2u':
      return (uniform) => 1 + 0.2 * (2 * uniform - 1);
    case '255U':
      return (uniform) => 255 * uniform;
    case 'sqrt(3/fanIn)u': {
      const given = /fanIn=(\d+)/.exec(rule)?.[1];
      const fanIn = given === undefined ? shape.slice(1).reduce((a, b) => a * b, 1) : Number(given);
      return (uniform) => Math.sqrt(3 / fanIn) * (2 * uniform - 1);
    }
    default:
      throw new Error(`The rule ${rule} is not known.`);
  }
}

/** The largest difference, relative to the largest expected value. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    // Written so that NaN counts as wrong.
    const one = Math.abs(actual[i]! - expected[i]!);
    if (!(one <= difference)) difference = one;
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return difference / largest;
}
