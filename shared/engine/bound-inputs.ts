import type { InputSpecs, Values } from './engine.ts';

/**
 * Checks the inputs of a run against what the graph was compiled for.
 * @param freeBatch when true, the first dimension is the batch and decided by the length of the values.
 * @returns the shape of each input in this run.
 * @throws RangeError naming the input that is missing, unknown, of another type or of the wrong length.
 */
export function checkInputs(
  specs: InputSpecs,
  inputs: Readonly<Record<string, Values>>,
  freeBatch = false,
): Map<string, readonly number[]> {
  for (const name of Object.keys(inputs)) {
    if (specs[name] === undefined) throw new RangeError(`The graph has no input named ${name}.`);
  }
  const shapes = new Map<string, readonly number[]>();
  for (const [name, { shape, dtype }] of Object.entries(specs)) {
    const values = inputs[name];
    if (values === undefined) throw new RangeError(`Input ${name} is missing.`);
    const right = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype];
    if (!(values instanceof right)) throw new RangeError(`Input ${name} must be a ${right.name}.`);
    const rest = shape.slice(1).reduce((product, size) => product * size, 1);
    const batch = freeBatch ? values.length / rest : (shape[0] ?? 1);
    if (values.length !== batch * rest || !Number.isInteger(batch) || batch === 0) {
      throw new RangeError(`Input ${name} of shape [${shape}] is given ${values.length} values.`);
    }
    shapes.set(name, shape.length === 0 ? [] : [batch, ...shape.slice(1)]);
  }
  return shapes;
}
