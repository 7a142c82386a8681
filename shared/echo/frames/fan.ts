import { convexHull, type Point } from './convex-hull.ts';

/** Grey levels by which a pixel differs from the ground (black or a dark grey, whatever is commonest) to count as lit. */
const apart = 8;
/** Share of lit pixels that makes a block part of the fan. */
const lit = 0.25;
/** A fan smaller than this share of the picture is none. */
const smallest = 0.05;

/**
 * Finds the ultrasound fan (or rectangle) in a grey picture whose header names no region: the largest connected area of
 * lit blocks, filled to its convex hull. Text around it is smaller and apart from it. Give it a frame, or the greatest
 * value of each pixel over several.
 * @returns a mask `[row, column]`, 1 inside, or undefined when nothing is large enough.
 */
export function findFan(grey: Uint8Array, rows: number, columns: number): Uint8Array | undefined {
  const size = Math.max(4, Math.round(rows / 80));
  const blockRows = Math.ceil(rows / size);
  const blockColumns = Math.ceil(columns / size);
  const blocks = litBlocks(grey, rows, columns, size, blockRows, blockColumns);
  const largest = largestComponent(blocks, blockRows, blockColumns);
  if (largest.length < smallest * blockRows * blockColumns) return undefined;
  const corners = largest.flatMap((block) => {
    const top = Math.floor(block / blockColumns) * size;
    const left = (block % blockColumns) * size;
    const bottom = Math.min(rows - 1, top + size - 1);
    const right = Math.min(columns - 1, left + size - 1);
    return [
      { x: left, y: top },
      { x: right, y: top },
      { x: left, y: bottom },
      { x: right, y: bottom },
    ];
  });
  return filled(convexHull(corners), rows, columns);
}

function litBlocks(
  grey: Uint8Array,
  rows: number,
  columns: number,
  size: number,
  blockRows: number,
  blockColumns: number,
): Uint8Array {
  const ground = commonest(grey);
  const counts = new Uint32Array(blockRows * blockColumns);
  for (let row = 0, at = 0; row < rows; row++) {
    const blockRow = Math.floor(row / size) * blockColumns;
    for (let column = 0; column < columns; column++)
      if (Math.abs(grey[at++]! - ground) > apart) counts[blockRow + Math.floor(column / size)]!++;
  }
  return Uint8Array.from(counts, (count) => (count >= lit * size * size ? 1 : 0));
}

function commonest(grey: Uint8Array): number {
  const histogram = new Uint32Array(256);
  for (const value of grey) histogram[value]!++;
  return histogram.indexOf(Math.max(...histogram));
}

/** Indices of the blocks of the largest area connected by edges. */
function largestComponent(blocks: Uint8Array, blockRows: number, blockColumns: number): number[] {
  const seen = new Uint8Array(blocks.length);
  let largest: number[] = [];
  for (let seed = 0; seed < blocks.length; seed++) {
    if (blocks[seed] === 0 || seen[seed] === 1) continue;
    const component = [seed];
    seen[seed] = 1;
    for (let next = 0; next < component.length; next++) {
      const block = component[next]!;
      const column = block % blockColumns;
      const neighbours = [
        column > 0 ? block - 1 : -1,
        column < blockColumns - 1 ? block + 1 : -1,
        block - blockColumns,
        block + blockColumns < blockRows * blockColumns ? block + blockColumns : -1,
      ];
      for (const neighbour of neighbours) {
        if (neighbour < 0 || blocks[neighbour] === 0 || seen[neighbour] === 1) continue;
        seen[neighbour] = 1;
        component.push(neighbour);
      }
    }
    if (component.length > largest.length) largest = component;
  }
  return largest;
}

/** Pixels inside a convex polygon, its edges included. */
function filled(hull: readonly Point[], rows: number, columns: number): Uint8Array {
  const mask = new Uint8Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    let left = Number.POSITIVE_INFINITY;
    let right = Number.NEGATIVE_INFINITY;
    hull.forEach((a, i) => {
      const b = hull[(i + 1) % hull.length]!;
      if (y < Math.min(a.y, b.y) || y > Math.max(a.y, b.y)) return;
      const xs = a.y === b.y ? [a.x, b.x] : [a.x + ((y - a.y) * (b.x - a.x)) / (b.y - a.y)];
      left = Math.min(left, ...xs);
      right = Math.max(right, ...xs);
    });
    if (left <= right) mask.fill(1, y * columns + Math.floor(left), y * columns + Math.ceil(right) + 1);
  }
  return mask;
}
