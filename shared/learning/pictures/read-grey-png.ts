import { PNG } from 'pngjs';
import { luma } from '../../echo/frames/luma.ts';
import { SystoleError } from '../../errors.ts';
import { looksLikePng } from './looks-like-png.ts';

/** Rows and columns of the largest picture that is read: what DICOM allows. */
const largestEdge = 65_535;
const mostPixels = 1 << 26;

/** A grey picture, `[row, column]`, 8 bits. */
export interface GreyPicture {
  readonly rows: number;
  readonly columns: number;
  readonly grey: Uint8Array;
}

/**
 * Reads a PNG file of any kind (ISO/IEC 15948) as grey; colours by the sum that ultrasound frames are turned to grey by.
 * @throws SystoleError `picture_syntax`
 */
export function readGreyPng(bytes: Uint8Array): GreyPicture {
  const { width: columns, height: rows, data } = decoded(bytes);
  const grey = new Uint8Array(rows * columns);
  for (let i = 0, at = 0; i < grey.length; i++, at += 4) {
    const red = data[at]!;
    const same = red === data[at + 1] && red === data[at + 2];
    grey[i] = same ? red : luma(red, data[at + 1]!, data[at + 2]!);
  }
  return { rows, columns, grey };
}

function decoded(bytes: Uint8Array): PNG {
  if (!looksLikePng(bytes) || bytes.length < 33)
    throw new SystoleError('picture_syntax', 'It does not begin as a PNG file.');
  // The size stands in the first chunk; it is looked at before memory is taken for it.
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [columns, rows] = [header.getUint32(16), header.getUint32(20)];
  if (columns < 1 || rows < 1 || columns > largestEdge || rows > largestEdge || rows * columns > mostPixels)
    throw new SystoleError('picture_syntax', `${rows} x ${columns} pixels.`);
  try {
    return PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    throw new SystoleError('picture_syntax', 'The PNG file is broken.', { cause: error });
  }
}
