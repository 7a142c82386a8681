import { jpegLumaState, withPixelKernel } from './pixel-kernel.ts';

/** The largest unit of a JPEG frame is 32 x 32 samples; whole units are written. */
const whole = (length: number): number => (length + 31) & ~31;

/**
 * Decodes the luma of a baseline JPEG frame into `grey` (`rows * columns` bytes): the same samples as libjpeg-turbo's,
 * in a fraction of the time, since the chroma is not made.
 * @returns false when the frame is no plain baseline one or broken; `grey` is then as it was.
 */
export function jpegLuma(stored: Uint8Array, rows: number, columns: number, grey: Uint8Array): boolean {
  const stride = whole(columns);
  const sizes = [jpegLumaState(), stored.length, stride * whole(rows)];
  return withPixelKernel(sizes, (kernel, memory, [state, from, to]) => {
    memory.set(stored, from);
    if (kernel.jpeg_luma(from!, stored.length, to!, stride, rows, columns, state!) === 0) return false;
    if (stride === columns) grey.set(memory.subarray(to, to! + rows * columns));
    else
      for (let row = 0; row < rows; row++)
        grey.set(memory.subarray(to! + row * stride, to! + row * stride + columns), row * columns);
    return true;
  });
}
