import type { Mask } from './chamber-masks.ts';
import { components } from './components.ts';

/** A chamber in one piece, and what it took to get there. */
export interface CleanMask extends Mask {
  /** Pixels inside. */
  readonly area: number;
  /** Connected pieces before; the largest was kept. */
  readonly fragments: number;
  /** Share of the mask's pixels that lay in the largest piece. */
  readonly largestShare: number;
  /** Pixels of holes that were filled, relative to `area`. */
  readonly holeShare: number;
  /** Pixels on the outermost rows and columns of the picture, relative to the length of the outline. */
  readonly borderShare: number;
}

/**
 * The largest connected piece of a mask with its holes filled: a chamber is one body, and what a net sees elsewhere or
 * misses within is its error. Undefined for an empty mask.
 */
export function cleanMask(mask: Mask): CleanMask | undefined {
  const pieces = components(mask);
  if (pieces.length === 0) return undefined;
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const largest = pieces.reduce((best, piece) => (piece.length > best.length ? piece : best));
  const { rows, columns } = mask;
  const pixels = new Uint8Array(rows * columns);
  for (const pixel of largest) pixels[pixel] = 1;
  const filled = fillHoles({ rows, columns, pixels }, largest);
  const area = largest.length + filled;
  const { outline, border } = outlineOf({ rows, columns, pixels });
  return {
    rows,
    columns,
    pixels,
    area,
    fragments: pieces.length,
    largestShare: largest.length / total,
    holeShare: filled / area,
    borderShare: border / outline,
  };
}

/** Fills, in place, the ground that is not reached from around the piece's bounding box; returns the pixels filled. */
function fillHoles({ rows, columns, pixels }: Mask, piece: Int32Array): number {
  let left = columns;
  let right = 0;
  let top = rows;
  let bottom = 0;
  for (const pixel of piece) {
    const row = Math.floor(pixel / columns);
    const column = pixel - row * columns;
    left = Math.min(left, column);
    right = Math.max(right, column);
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
  }
  // The box with a frame of ground one pixel wide, from which the flood starts.
  const width = right - left + 3;
  const height = bottom - top + 3;
  const ground = new Uint8Array(width * height).fill(1);
  for (let row = top; row <= bottom; row++)
    for (let column = left; column <= right; column++)
      if (pixels[row * columns + column] === 1) ground[(row - top + 1) * width + column - left + 1] = 0;
  const queue = new Int32Array(width * height);
  let count = 1;
  ground[0] = 0;
  const reach = (to: number): void => {
    if (ground[to] !== 1) return;
    ground[to] = 0;
    queue[count++] = to;
  };
  for (let next = 0; next < count; next++) {
    const at = queue[next]!;
    const column = at % width;
    if (column > 0) reach(at - 1);
    if (column < width - 1) reach(at + 1);
    if (at >= width) reach(at - width);
    if (at + width < ground.length) reach(at + width);
  }
  let filled = 0;
  for (let at = ground.indexOf(1); at >= 0; at = ground.indexOf(1, at + 1)) {
    pixels[(Math.floor(at / width) - 1 + top) * columns + (at % width) - 1 + left] = 1;
    filled++;
  }
  return filled;
}

/** Pixels of the outline, and those of them on the edge of the picture. */
function outlineOf(mask: Mask): { outline: number; border: number } {
  const { rows, columns } = mask;
  const edge = outlinePixels(mask);
  const border = edge.filter((pixel) => {
    const column = pixel % columns;
    return column === 0 || column === columns - 1 || pixel < columns || pixel >= (rows - 1) * columns;
  });
  return { outline: edge.length, border: border.length };
}

/** Indices of the pixels inside a mask that have a neighbour by an edge outside it or lie on the picture's edge. */
export function outlinePixels({ rows, columns, pixels }: Mask): number[] {
  const outline: number[] = [];
  for (let pixel = 0; pixel < pixels.length; pixel++) {
    if (pixels[pixel] === 0) continue;
    const column = pixel % columns;
    const isInner =
      column > 0 &&
      column < columns - 1 &&
      pixel >= columns &&
      pixel < (rows - 1) * columns &&
      pixels[pixel - 1] === 1 &&
      pixels[pixel + 1] === 1 &&
      pixels[pixel - columns] === 1 &&
      pixels[pixel + columns] === 1;
    if (!isInner) outline.push(pixel);
  }
  return outline;
}
