import { pixelKernelProgram } from './pixel-kernel-program.ts';

/** The functions of kernel/*.c; every argument but counts is an offset in its memory. */
interface Program {
  readonly memory: WebAssembly.Memory;
  readonly __heap_base: WebAssembly.Global;
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

const page = 65_536;
/** Vector loads may touch this much after the last byte that counts. */
const slack = 64;

let loaded: Program | undefined;

function program(): Program {
  loaded ??= new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(pixelKernelProgram, 'base64')))
    .exports as unknown as Program;
  return loaded;
}

/**
 * Runs `work` with the pixel kernel and offsets of areas of its memory, one for each of `sizes` bytes. There is one
 * kernel, whose memory grows to what the largest picture needed; nothing in it outlives the call, so every caller
 * copies in and out.
 */
export function withPixelKernel<T>(
  sizes: readonly number[],
  work: (kernel: Program, memory: Uint8Array, areas: readonly number[]) => T,
): T {
  const kernel = program();
  let end = kernel.__heap_base.value;
  const areas = sizes.map((size) => {
    const area = end;
    end += (size + slack + 15) & ~15;
    return area;
  });
  const missing = end - kernel.memory.buffer.byteLength;
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / page));
  return work(kernel, new Uint8Array(kernel.memory.buffer), areas);
}

/** The bytes of a table as they go into the kernel's memory. */
export function bytesOf(table: Int32Array | Int16Array | Uint8Array): Uint8Array {
  return new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
}

/** Bytes that the luma decoder wants for its tables. */
export const jpegLumaState = (): number => program().jpeg_luma_state();
