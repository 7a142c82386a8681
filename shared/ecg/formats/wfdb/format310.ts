import type { SampleFormat } from './sample-format.ts';

/**
 * Format 310: three 10-bit two's complement samples in two little-endian 16-bit words. Bits 1-10 of each word are
 * the first and the second sample; the third has its low half in bits 11-15 of the first word, its high half in those
 * of the second.
 */
export const format310: SampleFormat = {
  code: 310,
  groupSamples: 3,
  groupBytes: 4,
  minimum: -511,
  maximum: 511,
  invalid: -512,
  differences: false,
  bytesOf: (samples) => 4 * Math.floor(samples / 3) + 2 * (samples % 3),
  decode(bytes, samples) {
    const values = new Int16Array(samples);
    for (let i = 0, at = 0; i < samples; i += 3, at += 4) {
      const low = bytes[at]! | (bytes[at + 1]! << 8);
      // Of a cut last group the second word is absent and reads as 0; what it would give falls outside `values`.
      const high = (bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8);
      values[i] = (low << 21) >> 22;
      values[i + 1] = (high << 21) >> 22;
      values[i + 2] = (((low >> 11) | ((high >> 11) << 5)) << 22) >> 22;
    }
    return values;
  },
  encode(values) {
    const bytes = new Uint8Array(this.bytesOf(values.length));
    for (let i = 0, at = 0; i < values.length; i += 3, at += 4) {
      const third = (values[i + 2] ?? 0) & 0x3ff;
      const low = ((values[i]! & 0x3ff) << 1) | ((third & 0x1f) << 11);
      const high = (((values[i + 1] ?? 0) & 0x3ff) << 1) | ((third >> 5) << 11);
      bytes[at] = low;
      bytes[at + 1] = low >> 8;
      bytes[at + 2] = high;
      bytes[at + 3] = high >> 8;
    }
    return bytes;
  },
};
