import type { SampleFormat } from './sample-format.ts';

/** Format 311: three 10-bit two's complement samples in the low 30 bits of a little-endian 32-bit word. */
export const format311: SampleFormat = {
  code: 311,
  groupSamples: 3,
  groupBytes: 4,
  minimum: -511,
  maximum: 511,
  invalid: -512,
  differences: false,
  bytesOf: (samples) => 4 * Math.floor(samples / 3) + [0, 2, 3][samples % 3]!,
  decode(bytes, samples) {
    const values = new Int16Array(samples);
    for (let i = 0, at = 0; i < samples; i += 3, at += 4) {
      // Bytes beyond a cut last group read as 0; what they would give falls outside `values`.
      const word =
        bytes[at]! | (bytes[at + 1]! << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
      values[i] = (word << 22) >> 22;
      values[i + 1] = (word << 12) >> 22;
      values[i + 2] = (word << 2) >> 22;
    }
    return values;
  },
  encode(values) {
    const bytes = new Uint8Array(this.bytesOf(values.length));
    for (let i = 0, at = 0; i < values.length; i += 3, at += 4) {
      const word =
        (values[i]! & 0x3ff) |
        (((values[i + 1] ?? 0) & 0x3ff) << 10) |
        (((values[i + 2] ?? 0) & 0x3ff) << 20);
      for (let byte = 0; byte < 4; byte++) bytes[at + byte] = word >> (8 * byte);
    }
    return bytes;
  },
};
