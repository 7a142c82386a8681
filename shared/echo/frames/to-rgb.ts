import type { Palette } from './palette.ts';
import type { Picture } from './picture.ts';
import { toGrey } from './to-grey.ts';

/**
 * The colours of a picture, 8 bits a sample, RGB interleaved. Grey pictures have three equal samples.
 * Writes `3 * rows * columns` bytes into `rgb`.
 * @returns how many palette indices had no entry and were shown as the nearest.
 */
export function toRgb(picture: Picture, palette: Palette | undefined, rgb: Uint8Array): number {
  const { samples, colour, rows, columns } = picture;
  const pixels = rows * columns;
  if (colour === 'palette' && palette !== undefined) return lookUp(samples, palette, rgb, pixels);
  if (picture.samplesPerPixel === 1) {
    const grey = new Uint8Array(pixels);
    toGrey(picture, palette, grey);
    for (let i = 0, to = 0; i < pixels; i++) {
      rgb[to++] = grey[i]!;
      rgb[to++] = grey[i]!;
      rgb[to++] = grey[i]!;
    }
    return 0;
  }
  const shift = Math.max(0, picture.bits - 8);
  if (colour === 'ybr') fromYbr(samples, shift, rgb, pixels);
  else if (samples instanceof Uint8Array) rgb.set(samples.subarray(0, 3 * pixels));
  else for (let i = 0; i < 3 * pixels; i++) rgb[i] = samples[i]! >> shift;
  return 0;
}

/** YBR_FULL to RGB (PS3.3 C.7.6.3.1.2, inverted). */
function fromYbr(samples: Uint8Array | Uint16Array, shift: number, rgb: Uint8Array, pixels: number): void {
  for (let i = 0, at = 0; i < pixels; i++, at += 3) {
    const y = samples[at]! >> shift;
    const b = (samples[at + 1]! >> shift) - 128;
    const r = (samples[at + 2]! >> shift) - 128;
    rgb[at] = clamped(y + 1.402 * r);
    rgb[at + 1] = clamped(y - 0.344136 * b - 0.714136 * r);
    rgb[at + 2] = clamped(y + 1.772 * b);
  }
}

function clamped(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
}

function lookUp(
  samples: Uint8Array | Uint16Array,
  palette: Palette,
  rgb: Uint8Array,
  pixels: number,
): number {
  const last = palette.entries - 1;
  let outside = 0;
  for (let i = 0, to = 0; i < pixels; i++) {
    let index = samples[i]! - palette.first;
    if (index < 0 || index > last) {
      outside++;
      index = index < 0 ? 0 : last;
    }
    rgb[to++] = palette.rgb[3 * index]!;
    rgb[to++] = palette.rgb[3 * index + 1]!;
    rgb[to++] = palette.rgb[3 * index + 2]!;
  }
  return outside;
}
