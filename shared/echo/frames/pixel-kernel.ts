import { vectorKernel } from '../../vector-kernel.ts';
import { pixelKernelProgram } from './pixel-kernel-program.ts';

/** The functions of kernel/*.c; every argument but counts is an offset in its memory. */
interface PixelFunctions {
  first_of_three(from: number, to: number, count: number): void;
  grey_of_rgb(from: number, to: number, count: number): void;
  rgb_of_ybr(from: number, to: number, count: number): void;
  unpack(from: number, length: number, to: number, count: number, stride: number): number;
  jpeg_luma_state(): number;
  jpeg_luma(
    from: number,
    length: number,
    to: number,
    stride: number,
    rows: number,
    columns: number,
    precision: number,
    state: number,
  ): number;
  stretch(
    from: number,
    columns: number,
    rows: number,
    starts: number,
    picks: number,
    weights: number,
    to: number,
    toColumns: number,
  ): void;
  blend(from: number, columns: number, starts: number, weights: number, to: number, toRows: number): void;
  mix_rows(
    from: number,
    columns: number,
    starts: number,
    weights: number,
    taps: number,
    to: number,
    stride: number,
    toRows: number,
  ): void;
  mix_columns(
    from: number,
    stride: number,
    starts: number,
    weights: number,
    taps: number,
    to: number,
    toColumns: number,
    rows: number,
  ): void;
}

const kernel = vectorKernel<PixelFunctions>(pixelKernelProgram);

/**
 * Runs `work` with the pixel kernel and offsets of areas of its memory, one for each of `sizes` bytes. There is one
 * kernel, whose memory grows to what the largest picture needed; nothing in it outlives the call, so every caller
 * copies in and out.
 */
export function withPixelKernel<T>(
  sizes: readonly number[],
  work: (kernel: PixelFunctions, memory: Uint8Array, areas: readonly number[]) => T,
): T {
  return kernel.run(sizes, (functions, memory, areas) => work(functions, new Uint8Array(memory), areas));
}

/** The bytes of a table as they go into the kernel's memory. */
export function bytesOf(table: Int32Array | Int16Array | Uint8Array): Uint8Array {
  return new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
}

/** Bytes that the luma decoder wants for its tables. */
export const jpegLumaState = (): number => kernel.functions().jpeg_luma_state();
