import type { Mask } from '../measurement/chamber-masks.ts';

/**
 * A mask at another size: each pixel takes the value of the one in which its centre lies. The aspect ratio is not kept, as
 * frames are brought to a net.
 */
export function resizeMask(mask: Mask, rows: number, columns: number): Mask {
  if (mask.rows === rows && mask.columns === columns) return mask;
  const pixels = new Uint8Array(rows * columns);
  const from = Int32Array.from({ length: columns }, (_, column) =>
    Math.floor(((column + 0.5) * mask.columns) / columns),
  );
  for (let row = 0; row < rows; row++) {
    const start = Math.floor(((row + 0.5) * mask.rows) / rows) * mask.columns;
    for (let column = 0; column < columns; column++)
      pixels[row * columns + column] = mask.pixels[start + from[column]!]!;
  }
  return { rows, columns, pixels };
}
