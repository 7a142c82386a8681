import type { Values } from '../../engine/engine.ts';

/** The index of the largest of each `classes` neighbouring values, the first of equals. */
export function largestClass(values: Values, classes: number): Uint8Array {
  const indices = new Uint8Array(values.length / classes);
  for (let i = 0, at = 0; i < indices.length; i++, at += classes) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (values[at + c]! > values[at + best]!) best = c;
    indices[i] = best;
  }
  return indices;
}
