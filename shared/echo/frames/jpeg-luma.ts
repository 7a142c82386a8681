import { jpegLumaState, withPixelKernel } from './pixel-kernel.ts';

/** The largest unit of a JPEG frame is 32 x 32 samples; whole units are written. */
const whole = (length: number): number => (length + 31) & ~31;

/**
 * Decodes the luma of a sequential JPEG frame into `grey` (`rows * columns` samples), bytes of 8 bits or words of 12: the
 * same samples as libjpeg-turbo's, in a fraction of the time, since the chroma is not made. Only samples more than 512
 * out of range, which no encoder makes, are clamped here and wrap around there.
 * @returns false when the frame is of another kind or broken; `grey` is then as it was.
 */
export function jpegLuma(
  stored: Uint8Array,
  rows: number,
  columns: number,
  grey: Uint8Array | Uint16Array,
): boolean {
  const precision = grey instanceof Uint8Array ? 8 : 12;
  const stride = grey.BYTES_PER_ELEMENT * whole(columns);
  const used = grey.BYTES_PER_ELEMENT * columns;
  const bytes = new Uint8Array(grey.buffer, grey.byteOffset, grey.byteLength);
  const sizes = [jpegLumaState(), stored.length, stride * whole(rows)];
  return withPixelKernel(sizes, (kernel, memory, [state, from, to]) => {
    memory.set(stored, from);
    const done = kernel.jpeg_luma(from!, stored.length, to!, stride, rows, columns, precision, state!);
    if (done === 0) return false;
    if (stride === used) bytes.set(memory.subarray(to, to! + rows * used));
    else
      for (let row = 0; row < rows; row++)
        bytes.set(memory.subarray(to! + row * stride, to! + row * stride + used), row * used);
    return true;
  });
}
