/** The header of the first matrix in a MATLAB version 4 file (MAT-File Format, "Level 4 MAT-File Format"). */
export interface Mat4Header {
  readonly bigEndian: boolean;
  readonly type: Mat4Type;
  readonly rows: number;
  readonly columns: number;
  readonly complex: boolean;
  /** Name of the matrix; `val` in WFDB records. */
  readonly name: string;
  /** Bytes before the first value; values follow column by column. */
  readonly dataOffset: number;
  /** Bytes of the header and the matrix together. */
  readonly byteLength: number;
}

/** Number types, in the order of their digit in MOPT. */
export type Mat4Type = 'double' | 'single' | 'int32' | 'int16' | 'uint16' | 'uint8';

const types: readonly (readonly [Mat4Type, number])[] = [
  ['double', 8],
  ['single', 4],
  ['int32', 4],
  ['int16', 2],
  ['uint16', 2],
  ['uint8', 1],
];

const longestName = 63;
const latin1 = new TextDecoder('latin1');

/**
 * Reads the header of a full numeric matrix; `undefined` for anything else (text and sparse matrices and VAX or Cray
 * numbers among it), so it also tells whether a file is of this format.
 *
 * @param bytes the beginning of the file: 20 bytes and the name suffice.
 */
export function mat4Header(bytes: Uint8Array): Mat4Header | undefined {
  if (bytes.length < 22) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // MOPT in decimal digits: M = machine (0 little endian, 1 big endian), O = 0, P = precision, T = 0 full matrix.
  const bigEndian = view.getUint32(0, true) > 9999;
  const mopt = view.getUint32(0, !bigEndian);
  const precision = mopt - (bigEndian ? 1000 : 0);
  if (precision % 10 !== 0 || precision < 0 || precision > 50) return undefined;
  const [type, width] = types[precision / 10]!;
  const rows = view.getUint32(4, !bigEndian);
  const columns = view.getUint32(8, !bigEndian);
  const imaginary = view.getUint32(12, !bigEndian);
  const nameLength = view.getUint32(16, !bigEndian);
  if (imaginary > 1 || nameLength < 2 || nameLength > longestName + 1) return undefined;
  if (rows > 0x7fffffff || columns > 0x7fffffff || bytes.length < 20 + nameLength) return undefined;
  const name = latin1.decode(bytes.subarray(20, 19 + nameLength));
  if (bytes[19 + nameLength] !== 0 || !/^[A-Za-z]\w*$/.test(name)) return undefined;
  const dataOffset = 20 + nameLength;
  return {
    bigEndian,
    type,
    rows,
    columns,
    complex: imaginary === 1,
    name,
    dataOffset,
    byteLength: dataOffset + rows * columns * width * (imaginary + 1),
  };
}

/** The header of a real matrix, to be followed by its values column by column. */
export function mat4Bytes(
  header: Pick<Mat4Header, 'type' | 'bigEndian' | 'rows' | 'columns' | 'name'>,
): Uint8Array {
  const { type, bigEndian, rows, columns, name } = header;
  const bytes = new Uint8Array(21 + name.length);
  const view = new DataView(bytes.buffer);
  const precision = types.findIndex(([known]) => known === type);
  const fields = [(bigEndian ? 1000 : 0) + 10 * precision, rows, columns, 0, name.length + 1];
  for (const [index, field] of fields.entries()) view.setUint32(4 * index, field, !bigEndian);
  for (let i = 0; i < name.length; i++) bytes[20 + i] = name.charCodeAt(i);
  return bytes;
}
