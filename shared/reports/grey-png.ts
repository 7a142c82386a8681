import { PNG } from 'pngjs';

/** A grey picture `[row, column]` of 8 bits as a PNG file. */
export function greyPng(grey: Uint8Array, rows: number, columns: number): Uint8Array {
  const png = new PNG({ width: columns, height: rows });
  png.data = Buffer.from(grey.buffer, grey.byteOffset, rows * columns);
  return PNG.sync.write(png, { colorType: 0, inputColorType: 0, bitDepth: 8 });
}
