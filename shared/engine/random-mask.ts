/**
 * The dropout mask of one layer at one step: 1 where a value is kept. A counted hash (the finalizer of MurmurHash3)
 * of the seed, the step, the layer's place and the position, so that every engine draws the same mask and a resumed
 * training draws what the uninterrupted one would.
 */
export function randomMask(
  length: number,
  rate: number,
  { seed, step, place }: { seed: number; step: number; place: number },
): Uint8Array {
  const mask = new Uint8Array(length);
  const kept = Math.round((1 - rate) * 65536);
  const start = mix(mix(mix(seed) ^ step) ^ place);
  // Two values from each hash: 16 bits tell a rate to 1.5e-5.
  for (let i = 0; i < length; i += 2) {
    const bits = mix((start + Math.imul(i, 0x9e3779b1)) | 0);
    mask[i] = (bits & 0xffff) < kept ? 1 : 0;
    if (i + 1 < length) mask[i + 1] = bits >>> 16 < kept ? 1 : 0;
  }
  return mask;
}

function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
