import type { SampleFormat } from './sample-format.ts';

/** Format 32: 32-bit two's complement, least significant byte first. */
export const format32: SampleFormat = {
  code: 32,
  groupSamples: 1,
  groupBytes: 4,
  minimum: -(2 ** 31) + 1,
  maximum: 2 ** 31 - 1,
  invalid: -(2 ** 31),
  differences: false,
  bytesOf: (samples) => 4 * samples,
  decode(bytes, samples) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, 4 * samples);
    const values = new Int32Array(samples);
    for (let i = 0; i < samples; i++) values[i] = view.getInt32(4 * i, true);
    return values;
  },
  encode(values) {
    const bytes = new Uint8Array(4 * values.length);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < values.length; i++) view.setInt32(4 * i, values[i]!, true);
    return bytes;
  },
};
