/** RRR...GGG...BBB... to RGBRGB...: the samples of three planes brought together by pixel. */
export function interleave(planes: Uint8Array | Uint16Array): Uint8Array | Uint16Array {
  const pixels =
    planes instanceof Uint8Array ? new Uint8Array(planes.length) : new Uint16Array(planes.length);
  const size = planes.length / 3;
  for (let i = 0, at = 0; i < size; i++) {
    pixels[at++] = planes[i]!;
    pixels[at++] = planes[size + i]!;
    pixels[at++] = planes[2 * size + i]!;
  }
  return pixels;
}
