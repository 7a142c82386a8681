import type { SampleFormat } from './sample-format.ts';

/**
 * Format 212: pairs of 12-bit two's complement samples in three bytes. The first sample is the low nibble of the
 * second byte over the first byte, the second its high nibble over the third byte.
 */
export const format212: SampleFormat = {
  code: 212,
  groupSamples: 2,
  groupBytes: 3,
  minimum: -2047,
  maximum: 2047,
  invalid: -2048,
  differences: false,
  bytesOf: (samples) => Math.ceil(1.5 * samples),
  decode(bytes, samples) {
    const values = new Int16Array(samples);
    const pairs = samples >> 1;
    let at = 0;
    for (let pair = 0; pair < pairs; pair++, at += 3) {
      const middle = bytes[at + 1]!;
      values[2 * pair] = (((middle << 8) | bytes[at]!) << 20) >> 20;
      values[2 * pair + 1] = ((((middle << 4) & 0xf00) | bytes[at + 2]!) << 20) >> 20;
    }
    if (samples % 2 === 1) values[samples - 1] = (((bytes[at + 1]! << 8) | bytes[at]!) << 20) >> 20;
    return values;
  },
  encode(values) {
    const bytes = new Uint8Array(this.bytesOf(values.length));
    for (let i = 0, at = 0; i < values.length; i += 2, at += 3) {
      const first = values[i]!;
      const second = values[i + 1] ?? 0;
      bytes[at] = first;
      bytes[at + 1] = ((first >> 8) & 0x0f) | ((second >> 4) & 0xf0);
      bytes[at + 2] = second;
    }
    return bytes;
  },
};
