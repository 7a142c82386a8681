/** How the pixels of a transfer syntax are coded; `native` is uncompressed. */
export type PixelCoding =
  | 'native'
  | 'rle'
  | 'jpeg-baseline'
  | 'jpeg-extended'
  | 'jpeg-lossless'
  | 'jpeg-ls'
  | 'jpeg-2000'
  | 'htj2k'
  | 'jpeg-xl';

export interface TransferSyntax {
  readonly uid: string;
  readonly name: string;
  readonly explicit: boolean;
  readonly littleEndian: boolean;
  readonly deflated: boolean;
  /** Undefined: the data set can be read, its pixels cannot. */
  readonly pixels: PixelCoding | undefined;
}

const encapsulated = (uid: string, name: string, pixels: PixelCoding | undefined): TransferSyntax => ({
  uid,
  name,
  explicit: true,
  littleEndian: true,
  deflated: false,
  pixels,
});

const native = (uid: string, name: string, explicit = true, littleEndian = true, deflated = false) => ({
  uid,
  name,
  explicit,
  littleEndian,
  deflated,
  pixels: 'native' as const,
});

/** PS3.6 table A-1. Adding a syntax is adding a line here and, if its coding is new, a decoder in frames/decode. */
const transferSyntaxes: readonly TransferSyntax[] = [
  native('1.2.840.10008.1.2', 'Implicit VR Little Endian', false),
  native('1.2.840.10008.1.2.1', 'Explicit VR Little Endian'),
  native('1.2.840.10008.1.2.1.99', 'Deflated Explicit VR Little Endian', true, true, true),
  native('1.2.840.10008.1.2.2', 'Explicit VR Big Endian', true, false),
  encapsulated('1.2.840.10008.1.2.1.98', 'Encapsulated Uncompressed Explicit VR Little Endian', 'native'),
  encapsulated('1.2.840.10008.1.2.5', 'RLE Lossless', 'rle'),
  encapsulated('1.2.840.10008.1.2.4.50', 'JPEG Baseline (Process 1)', 'jpeg-baseline'),
  encapsulated('1.2.840.10008.1.2.4.51', 'JPEG Extended (Process 2 and 4)', 'jpeg-extended'),
  encapsulated('1.2.840.10008.1.2.4.57', 'JPEG Lossless (Process 14)', 'jpeg-lossless'),
  encapsulated('1.2.840.10008.1.2.4.70', 'JPEG Lossless (Process 14, Selection Value 1)', 'jpeg-lossless'),
  encapsulated('1.2.840.10008.1.2.4.80', 'JPEG-LS Lossless', 'jpeg-ls'),
  encapsulated('1.2.840.10008.1.2.4.81', 'JPEG-LS Near-Lossless', 'jpeg-ls'),
  encapsulated('1.2.840.10008.1.2.4.90', 'JPEG 2000 Lossless', 'jpeg-2000'),
  encapsulated('1.2.840.10008.1.2.4.91', 'JPEG 2000', 'jpeg-2000'),
  encapsulated('1.2.840.10008.1.2.4.201', 'High-Throughput JPEG 2000 Lossless', 'htj2k'),
  encapsulated('1.2.840.10008.1.2.4.202', 'High-Throughput JPEG 2000 Lossless RPCL', 'htj2k'),
  encapsulated('1.2.840.10008.1.2.4.203', 'High-Throughput JPEG 2000', 'htj2k'),
  encapsulated('1.2.840.10008.1.2.4.110', 'JPEG XL Lossless', 'jpeg-xl'),
  encapsulated('1.2.840.10008.1.2.4.111', 'JPEG XL JPEG Recompression', 'jpeg-xl'),
  encapsulated('1.2.840.10008.1.2.4.112', 'JPEG XL', 'jpeg-xl'),
];

const byUid = new Map(transferSyntaxes.map((syntax) => [syntax.uid, syntax]));

/**
 * The transfer syntax of a UID. One that is not in the table is read as explicit little endian, as PS3.5 A.4 demands of
 * every encapsulated syntax, with pixels that cannot be decoded.
 */
export function transferSyntax(uid: string): TransferSyntax {
  return byUid.get(uid) ?? encapsulated(uid, 'unknown', undefined);
}
