/** In how many of 256 cases a value is kept: a mask tells the rate to 0.2 %. */
function keptOf256(rate: number): number {
  return Math.min(255, Math.max(1, Math.round((1 - rate) * 256)));
}

/** What kept values are multiplied with, so that the expectation stays as it is. */
export function maskScale(rate: number): number {
  return 256 / keptOf256(rate);
}

/**
 * The dropout mask of one layer at one step: 1 where a value is kept. A generator of its own for every seed, step and
 * layer, so that every engine draws the same mask and a resumed training draws what the uninterrupted one would:
 * xorshift32 (Marsaglia 2003), started from a hash (the finalizer of MurmurHash3). Each number gives four values,
 * its bytes compared with the threshold all at once.
 */
export function randomMask(
  length: number,
  rate: number,
  { seed, step, place }: { seed: number; step: number; place: number },
): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  const threshold = Math.imul(keptOf256(rate), 0x01010101);
  const low = threshold & 0x7f7f7f7f;
  let state = mix(mix(mix(seed) ^ step) ^ place) || 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    // Byte by byte: the high bit tells whether the byte is below the threshold.
    const difference = (state | 0x80808080) - low;
    const below = (~state & threshold) | (~(state ^ threshold) & ~difference);
    words[i] = (below >>> 7) & 0x01010101;
  }
  return new Uint8Array(words.buffer, 0, length);
}

function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
