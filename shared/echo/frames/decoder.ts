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
      return (await import('./decode-jpeg-baseline.ts')).decodeJpegBaseline(format);
    default:
      throw new SystoleError('transfer_syntax', coding);
  }
}
