import type { SampleFormat } from './sample-format.ts';

/** Format 24: 24-bit two's complement, least significant byte first. */
export const format24: SampleFormat = {
  code: 24,
  groupSamples: 1,
  groupBytes: 3,
  minimum: -(2 ** 23) + 1,
  maximum: 2 ** 23 - 1,
  invalid: -(2 ** 23),
  differences: false,
  bytesOf: (samples) => 3 * samples,
  decode(bytes, samples) {
    const values = new Int32Array(samples);
    for (let i = 0; i < samples; i++)
      values[i] = ((bytes[3 * i]! << 8) | (bytes[3 * i + 1]! << 16) | (bytes[3 * i + 2]! << 24)) >> 8;
    return values;
  },
  encode(values) {
    const bytes = new Uint8Array(3 * values.length);
    for (let i = 0; i < values.length; i++) {
      bytes[3 * i] = values[i]!;
      bytes[3 * i + 1] = values[i]! >> 8;
      bytes[3 * i + 2] = values[i]! >> 16;
    }
    return bytes;
  },
};
