import type { SampleFormat } from './sample-format.ts';

/** Format 160: 16-bit offset binary (32768 is zero), least significant byte first. */
export const format160: SampleFormat = {
  code: 160,
  groupSamples: 1,
  groupBytes: 2,
  minimum: -32767,
  maximum: 32767,
  invalid: -32768,
  differences: false,
  bytesOf: (samples) => 2 * samples,
  decode(bytes, samples) {
    const values = new Int16Array(samples);
    for (let i = 0; i < samples; i++) values[i] = (bytes[2 * i]! | (bytes[2 * i + 1]! << 8)) - 32768;
    return values;
  },
  encode(values) {
    const bytes = new Uint8Array(2 * values.length);
    for (let i = 0; i < values.length; i++) {
      bytes[2 * i] = values[i]!;
      bytes[2 * i + 1] = (values[i]! + 32768) >> 8;
    }
    return bytes;
  },
};
