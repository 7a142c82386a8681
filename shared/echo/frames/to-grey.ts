import { luma } from './luma.ts';
import type { Palette } from './palette.ts';
import type { Picture } from './picture.ts';
import { withPixelKernel } from './pixel-kernel.ts';

/**
 * The grey of a picture, 8 bits a pixel: Grey = 0.2989 R + 0.587 G + 0.114 B as the published system computes it, for
 * YBR pictures their Y, which is the same sum (PS3.3 C.7.6.3.1.2). More than eight bits are scaled by the bits stored.
 * Writes `rows * columns` bytes into `grey`.
 */
export function toGrey(picture: Picture, palette: Palette | undefined, grey: Uint8Array): void {
  const { samples, colour } = picture;
  const pixels = picture.rows * picture.columns;
  if (colour === 'palette' && palette !== undefined) {
    const table = palette.grey;
    for (let i = 0; i < pixels; i++) grey[i] = table[samples[i]!]!;
    return;
  }
  if (picture.samplesPerPixel === 1) {
    if (samples instanceof Uint8Array && picture.bits === 8 && !picture.signed)
      grey.set(samples.subarray(0, pixels));
    else scale(picture, grey, pixels);
    if (colour === 'inverse-grey') for (let i = 0; i < pixels; i++) grey[i]! ^= 0xff;
    return;
  }
  if (samples instanceof Uint8Array) fromBytes(samples, colour === 'ybr', grey, pixels);
  else fromWords(samples, colour === 'ybr', Math.max(0, picture.bits - 8), grey, pixels);
}

/** Pixels that go through the kernel at once, so that its memory stays small. */
const strip = 1 << 18;

function fromBytes(samples: Uint8Array, ybr: boolean, grey: Uint8Array, pixels: number): void {
  withPixelKernel([3 * Math.min(strip, pixels), Math.min(strip, pixels)], (kernel, memory, [from, to]) => {
    for (let start = 0; start < pixels; start += strip) {
      const count = Math.min(strip, pixels - start);
      memory.set(samples.subarray(3 * start, 3 * (start + count)), from);
      if (ybr) kernel.first_of_three(from!, to!, count);
      else kernel.grey_of_rgb(from!, to!, count);
      grey.set(memory.subarray(to, to! + count), start);
    }
  });
}

function fromWords(
  samples: Uint16Array,
  ybr: boolean,
  shift: number,
  grey: Uint8Array,
  pixels: number,
): void {
  for (let i = 0, at = 0; i < pixels; i++, at += 3)
    grey[i] = ybr
      ? samples[at]! >> shift
      : luma(samples[at]! >> shift, samples[at + 1]! >> shift, samples[at + 2]! >> shift);
}

/** Stored values of any width, signed or not, to 0-255; bits above the stored ones (overlays) are cut off. */
function scale(picture: Picture, grey: Uint8Array, pixels: number): void {
  const { samples, bits, signed } = picture;
  const mask = 2 ** bits - 1;
  const flip = signed ? 2 ** (bits - 1) : 0;
  for (let i = 0; i < pixels; i++) {
    const value = (samples[i]! & mask) ^ flip;
    grey[i] = bits > 8 ? value >> (bits - 8) : Math.round((value * 255) / mask);
  }
}
