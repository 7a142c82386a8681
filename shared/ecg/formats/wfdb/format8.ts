import type { SampleFormat } from './sample-format.ts';

/** Format 8: each sample is an 8-bit first difference; the header's initial value starts the sum. */
export const format8: SampleFormat = {
  code: 8,
  groupSamples: 1,
  groupBytes: 1,
  minimum: -128,
  maximum: 127,
  invalid: undefined,
  differences: true,
  bytesOf: (samples) => samples,
  decode: (bytes, samples) => Int16Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, samples)),
  encode: (values) => Uint8Array.from(values),
};
