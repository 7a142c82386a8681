import type { SampleFormat } from './sample-format.ts';

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Format 16: 16-bit two's complement, least significant byte first. */
export const format16: SampleFormat = {
  code: 16,
  groupSamples: 1,
  groupBytes: 2,
  minimum: -32767,
  maximum: 32767,
  invalid: -32768,
  differences: false,
  bytesOf: (samples) => 2 * samples,
  decode(bytes, samples) {
    if (littleEndian && bytes.byteOffset % 2 === 0)
      return new Int16Array(bytes.buffer, bytes.byteOffset, samples);
    const values = new Int16Array(samples);
    for (let i = 0; i < samples; i++) values[i] = bytes[2 * i]! | (bytes[2 * i + 1]! << 8);
    return values;
  },
  encode(values) {
    const bytes = new Uint8Array(2 * values.length);
    for (let i = 0; i < values.length; i++) {
      bytes[2 * i] = values[i]!;
      bytes[2 * i + 1] = values[i]! >> 8;
    }
    return bytes;
  },
};
