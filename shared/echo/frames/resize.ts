/** One axis of a separable resampling: for each output, where its inputs start, and their weights. */
interface Axis {
  readonly starts: Int32Array;
  /** Weights of output i at `i * taps`, in 1/2048. */
  readonly weights: Int32Array;
  readonly taps: number;
}

const one = 2048;
const shift = 22;
const half = 1 << (shift - 1);

/**
 * A resampler of 8-bit grey pictures from `rows` x `columns` to `toRows` x `toColumns`, each axis by itself: area
 * averages where it shrinks, linear between pixel centres where it grows (OpenCV's INTER_AREA and INTER_LINEAR, within
 * one grey level). The aspect ratio is not kept, as the published networks expect. Tables and working memory are made
 * once; calling it allocates nothing.
 */
export function resizer(
  rows: number,
  columns: number,
  toRows: number,
  toColumns: number,
): (grey: Uint8Array, into: Uint8Array) => void {
  const across = axis(columns, toColumns);
  const down = axis(rows, toRows);
  // [row of the source, column of the target], in 1/2048 grey levels
  const stretched = new Int32Array(rows * toColumns);
  return (grey, into) => {
    stretch(grey, columns, across, stretched, rows, toColumns);
    if (down.taps === 2) blend(stretched, toColumns, down, into);
    else average(stretched, toColumns, down, into);
  };
}

function stretch(
  grey: Uint8Array,
  columns: number,
  { starts, weights, taps }: Axis,
  stretched: Int32Array,
  rows: number,
  toColumns: number,
): void {
  for (let row = 0, to = 0, from = 0; row < rows; row++, from += columns) {
    if (taps === 2)
      for (let i = 0, w = 0; i < toColumns; i++, w += 2) {
        const at = from + starts[i]!;
        stretched[to++] = grey[at]! * weights[w]! + grey[at + 1]! * weights[w + 1]!;
      }
    else
      for (let i = 0, w = 0; i < toColumns; i++) {
        let sum = 0;
        for (let tap = 0, at = from + starts[i]!; tap < taps; tap++) sum += grey[at + tap]! * weights[w++]!;
        stretched[to++] = sum;
      }
  }
}

function blend(stretched: Int32Array, columns: number, { starts, weights }: Axis, into: Uint8Array): void {
  for (let row = 0, to = 0; row < starts.length; row++) {
    const upper = weights[2 * row]!;
    const lower = weights[2 * row + 1]!;
    let at = starts[row]! * columns;
    for (const end = to + columns; to < end; to++, at++)
      into[to] =
        (Math.imul(stretched[at]!, upper) + Math.imul(stretched[at + columns]!, lower) + half) >> shift;
  }
}

function average(
  stretched: Int32Array,
  columns: number,
  { starts, weights, taps }: Axis,
  into: Uint8Array,
): void {
  for (let row = 0, to = 0; row < starts.length; row++)
    for (let column = 0; column < columns; column++) {
      let sum = half;
      for (let tap = 0, at = starts[row]! * columns + column; tap < taps; tap++, at += columns)
        sum += Math.imul(stretched[at]!, weights[row * taps + tap]!);
      into[to++] = sum >> shift;
    }
}

/** Weights of one axis; every output has the same number of taps, those that it does not need are 0. */
function axis(from: number, to: number): Axis {
  const scale = from / to;
  const taps = Math.min(from, scale > 1 ? Math.ceil(scale) + 1 : 2);
  const starts = new Int32Array(to);
  const weights = new Int32Array(to * taps);
  for (let i = 0; i < to; i++) {
    const shares = scale > 1 ? areaShares(i, scale, from) : linearShares(i, scale, from);
    const start = Math.min(shares.start, from - taps);
    starts[i] = start;
    // What rounding leaves goes to the largest share, so that a flat picture stays as it is.
    let left = one;
    let largest = 0;
    shares.values.forEach((share, n) => {
      const weight = Math.round(share * one);
      weights[i * taps + shares.start - start + n] = weight;
      left -= weight;
      if (share > shares.values[largest]!) largest = n;
    });
    weights[i * taps + shares.start - start + largest]! += left;
  }
  return { starts, weights, taps };
}

function areaShares(i: number, scale: number, from: number): { start: number; values: number[] } {
  const begin = i * scale;
  const end = Math.min(from, begin + scale);
  const start = Math.min(from - 1, Math.floor(begin + 1e-9));
  const values: number[] = [];
  for (let at = start; at < end - 1e-9; at++)
    values.push((Math.min(end, at + 1) - Math.max(begin, at)) / (end - begin));
  return { start, values };
}

function linearShares(i: number, scale: number, from: number): { start: number; values: number[] } {
  const centre = Math.min(from - 1, Math.max(0, (i + 0.5) * scale - 0.5));
  const start = Math.floor(centre);
  const right = centre - start;
  return right === 0 ? { start, values: [1] } : { start, values: [1 - right, right] };
}
