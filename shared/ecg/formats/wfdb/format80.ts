import type { SampleFormat } from './sample-format.ts';

/** Format 80: 8-bit offset binary (128 is zero). */
export const format80: SampleFormat = {
  code: 80,
  groupSamples: 1,
  groupBytes: 1,
  minimum: -127,
  maximum: 127,
  invalid: -128,
  differences: false,
  bytesOf: (samples) => samples,
  decode(bytes, samples) {
    const values = new Int16Array(samples);
    for (let i = 0; i < samples; i++) values[i] = bytes[i]! - 128;
    return values;
  },
  encode(values) {
    const bytes = new Uint8Array(values.length);
    for (let i = 0; i < values.length; i++) bytes[i] = values[i]! + 128;
    return bytes;
  },
};
