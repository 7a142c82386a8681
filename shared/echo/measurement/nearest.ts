import type { Mask } from './chamber-masks.ts';

/**
 * A mask at another size, each pixel that of the nearest centre. Where two are as near, rounding decides exactly as in
 * Pillow, whose positions are running sums in double precision: the published measurement was made with it.
 */
export function nearest({ rows, columns, pixels }: Mask, toRows: number, toColumns: number): Mask {
  const across = positions(columns, toColumns);
  const result = new Uint8Array(toRows * toColumns);
  positions(rows, toRows).forEach((from, row) => {
    for (let column = 0; column < toColumns; column++)
      result[row * toColumns + column] = pixels[from * columns + across[column]!]!;
  });
  return { rows: toRows, columns: toColumns, pixels: result };
}

function positions(from: number, to: number): Int32Array {
  const step = from / to;
  let position = step / 2;
  return Int32Array.from({ length: to }, () => {
    const at = Math.min(from - 1, Math.floor(position));
    position += step;
    return at;
  });
}
