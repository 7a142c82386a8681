import { SystoleError } from '../../errors.ts';
import type { PixelCoding } from '../dicom/transfer-syntax.ts';
import { decodeNative } from './decode-native.ts';
import { decodeRle } from './decode-rle.ts';
import type { Decode, PictureFormat } from './picture.ts';

/**
 * The decoder of a pixel coding, its program loaded.
 * @throws SystoleError `transfer_syntax` when there is none.
 */
export async function decoderFor(coding: PixelCoding | undefined, format: PictureFormat): Promise<Decode> {
  switch (coding) {
    case 'native':
      return decodeNative(format);
    case 'rle':
      return decodeRle(format);
    case 'jpeg-baseline':
    case 'jpeg-extended':
      return (await import('./decode-jpeg.ts')).decodeJpeg(format);
    case 'jpeg-lossless':
      return (await import('./decode-jpeg-lossless.ts')).decodeJpegLossless(format);
    case 'jpeg-ls':
      return (await import('./decode-jpeg-ls.ts')).decodeJpegLs(format);
    case 'jpeg-2000':
      return (await import('./decode-jpeg-2000.ts')).decodeJpeg2000(format);
    case 'htj2k':
      return (await import('./decode-jpeg-2000.ts')).decodeHtj2k(format);
    case 'jpeg-xl':
      return (await import('./decode-jpeg-xl.ts')).decodeJpegXl(format);
    case undefined:
      throw new SystoleError('transfer_syntax');
  }
}
