import { bytesOf, withPixelKernel } from './pixel-kernel.ts';

/** One axis of a separable resampling: for each output, its first input and the weights of the inputs from there. */
interface Axis {
  readonly starts: Int32Array;
  /** In 1/16384; output i at `i * taps`. Taps that an output does not need are 0. */
  readonly weights: Int16Array;
  readonly taps: number;
}

const one = 16_384;

/**
 * A resampler of 8-bit grey pictures from `rows` x `columns` to `toRows` x `toColumns`, each axis by itself: area
 * averages where it shrinks, linear between pixel centres where it grows (OpenCV's INTER_AREA and INTER_LINEAR, within
 * one grey level). The aspect ratio is not kept, as the published networks expect. Tables are made once.
 */
export function resizer(
  rows: number,
  columns: number,
  toRows: number,
  toColumns: number,
): (grey: Uint8Array, into: Uint8Array) => void {
  const grows = toRows >= rows && toColumns >= columns && rows >= 2 && columns >= 8 && toColumns % 8 === 0;
  return (grows ? growing : general)(rows, columns, toRows, toColumns);
}

/** Both axes grow: across first, four outputs from eight neighbouring inputs at a time, then down. */
function growing(rows: number, columns: number, toRows: number, toColumns: number) {
  const across = axis(columns, toColumns, 2);
  const down = axis(rows, toRows, 2);
  const fours = toColumns / 4;
  const starts = new Int32Array(fours);
  const picks = new Uint8Array(16 * fours);
  for (let four = 0; four < fours; four++) {
    const start = Math.min(columns - 8, across.starts[4 * four]!);
    starts[four] = start;
    for (let i = 0; i < 4; i++) {
      const left = 2 * (across.starts[4 * four + i]! - start);
      picks.set([left, left + 1, left + 2, left + 3], 16 * four + 4 * i);
    }
  }
  const tables = [starts, picks, across.weights, down.starts, down.weights].map(bytesOf);
  const pictures = [rows * columns, 2 * rows * toColumns, toRows * toColumns];
  const sizes = [...tables.map((table) => table.length), ...pictures];
  return (grey: Uint8Array, into: Uint8Array): void =>
    withPixelKernel(sizes, (kernel, memory, areas) => {
      tables.forEach((table, i) => {
        memory.set(table, areas[i]);
      });
      const [starts, picks, weights, downStarts, downWeights, from, between, to] = areas as Offsets;
      memory.set(grey.subarray(0, rows * columns), from);
      kernel.stretch(from, columns, rows, starts, picks, weights, between, toColumns);
      kernel.blend(between, toColumns, downStarts, downWeights, to, toRows);
      into.set(memory.subarray(to, to + toRows * toColumns));
    });
}

/** Any axis: down first, then across. */
function general(rows: number, columns: number, toRows: number, toColumns: number) {
  const down = axis(rows, toRows, 2);
  const across = axis(columns, toColumns, 8);
  const stride = (columns + 7) & ~7;
  const tables = [down.starts, down.weights, across.starts, across.weights].map(bytesOf);
  // Rows that weigh nothing may be read after the last one, as many as there are taps.
  const pictures = [(rows + down.taps) * columns, 2 * (toRows * stride + across.taps), toRows * toColumns];
  const sizes = [...tables.map((table) => table.length), ...pictures];
  return (grey: Uint8Array, into: Uint8Array): void =>
    withPixelKernel(sizes, (kernel, memory, areas) => {
      tables.forEach((table, i) => {
        memory.set(table, areas[i]);
      });
      const [downStarts, downWeights, starts, weights, from, between, to] = areas as Offsets;
      memory.set(grey.subarray(0, rows * columns), from);
      kernel.mix_rows(from, columns, downStarts, downWeights, down.taps, between, stride, toRows);
      kernel.mix_columns(between, stride, starts, weights, across.taps, to, toColumns, toRows);
      into.set(memory.subarray(to, to + toRows * toColumns));
    });
}

type Offsets = [number, number, number, number, number, number, number, number];

/** The weights of one axis, with as many taps as its widest output needs, rounded up to a multiple. */
function axis(from: number, to: number, multiple: number): Axis {
  const scale = from / to;
  const needed = scale > 1 ? Math.ceil(scale) + 1 : 2;
  const taps = Math.ceil(needed / multiple) * multiple;
  const starts = new Int32Array(to);
  const weights = new Int16Array(to * taps);
  for (let i = 0; i < to; i++) {
    const shares = scale > 1 ? areaShares(i, scale, from) : linearShares(i, scale, from);
    // The last output may need only the last input: the one before it then weighs nothing, so that two are there.
    const start = Math.max(0, Math.min(shares.start, from - needed));
    starts[i] = start;
    // The running total is rounded, so that the weights sum to one and a flat picture stays as it is.
    let total = 0;
    let given = 0;
    shares.values.forEach((share, n) => {
      total += share;
      const weight = Math.round(total * one) - given;
      weights[i * taps + shares.start - start + n] = weight;
      given += weight;
    });
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
