import type { Palette } from './palette.ts';
import type { Picture } from './picture.ts';
import { withPixelKernel } from './pixel-kernel.ts';
import { toGrey } from './to-grey.ts';

/**
 * The colours of a picture, 8 bits a sample, RGB interleaved. Grey pictures have three equal samples.
 * Writes `3 * rows * columns` bytes into `rgb`.
 */
export function toRgb(picture: Picture, palette: Palette | undefined, rgb: Uint8Array): void {
  const { samples, colour, rows, columns } = picture;
  const pixels = rows * columns;
  if (colour === 'palette' && palette !== undefined) {
    const table = palette.rgb;
    for (let i = 0, to = 0; i < pixels; i++) {
      const at = 3 * samples[i]!;
      rgb[to++] = table[at]!;
      rgb[to++] = table[at + 1]!;
      rgb[to++] = table[at + 2]!;
    }
    return;
  }
  if (picture.samplesPerPixel === 1) {
    const grey = new Uint8Array(pixels);
    toGrey(picture, palette, grey);
    for (let i = 0, to = 0; i < pixels; i++) {
      rgb[to++] = grey[i]!;
      rgb[to++] = grey[i]!;
      rgb[to++] = grey[i]!;
    }
    return;
  }
  const shift = Math.max(0, picture.bits - 8);
  if (samples instanceof Uint8Array) {
    if (colour === 'ybr') fromYbr(samples, rgb, pixels);
    else rgb.set(samples.subarray(0, 3 * pixels));
    return;
  }
  for (let i = 0; i < 3 * pixels; i++) rgb[i] = samples[i]! >> shift;
  if (colour === 'ybr') fromYbr(rgb, rgb, pixels);
}

/** Pixels that go through the kernel at once, so that its memory stays small; a multiple of sixteen. */
const strip = 1 << 18;

function fromYbr(samples: Uint8Array, rgb: Uint8Array, pixels: number): void {
  const size = 3 * Math.min(strip, pixels);
  withPixelKernel([size, size], (kernel, memory, [from, to]) => {
    for (let start = 0; start < pixels; start += strip) {
      const count = Math.min(strip, pixels - start);
      memory.set(samples.subarray(3 * start, 3 * (start + count)), from);
      kernel.rgb_of_ybr(from!, to!, count);
      rgb.set(memory.subarray(to, to! + 3 * count), 3 * start);
    }
  });
}
