import { initSync, JxlImage } from 'jxl-oxide-wasm';
import { PNG } from 'pngjs';
import { SystoleError } from '../../errors.ts';
import { codecBinary } from './codec-options.ts';
import { checkSize } from './decoded.ts';
import { colourOf, type Decode, type PictureFormat } from './picture.ts';

let loaded = false;

/** Bytes of a pixel as pngjs hands it out: red, green, blue, alpha. */
const stride = 4;

/**
 * JPEG XL by jxl-oxide: lossless, lossy, and JPEG files that were recompressed. The library hands its pictures out as
 * PNG only, and rounds samples of more than eight bits, which are refused for that reason.
 * @throws SystoleError `transfer_syntax` for more than eight bits.
 */
export function decodeJpegXl(format: PictureFormat): Decode {
  if (format.bitsAllocated !== 8)
    throw new SystoleError('transfer_syntax', 'JPEG XL is read at eight bits a sample.');
  if (!loaded) initSync({ module: codecBinary('jxl_oxide_wasm_bg.wasm') });
  loaded = true;
  const { rows, columns, samplesPerPixel, signed, bitsStored: bits } = format;
  // Whatever the codestream holds, three samples come out as red, green and blue.
  const colour = samplesPerPixel === 3 ? 'rgb' : colourOf(format.photometricInterpretation);

  return (stored) => {
    const picture = PNG.sync.read(portable(stored, format)) as PNG & { depth: number; color: boolean };
    if (picture.depth !== 8)
      throw new SystoleError('dicom_pixels', 'A JPEG XL frame has not eight bits a sample.');
    checkSize(format, rows, columns, picture.color ? 3 : 1);
    const samples = new Uint8Array(rows * columns * samplesPerPixel);
    for (let pixel = 0, at = 0; pixel < rows * columns; pixel++)
      for (let sample = 0; sample < samplesPerPixel; sample++)
        samples[at++] = picture.data[pixel * stride + sample]!;
    return { rows, columns, samples, samplesPerPixel, colour, bits, signed };
  };
}

/** The frame as PNG; its size is held against the header before memory is taken for the picture. */
function portable(stored: Uint8Array, format: PictureFormat): Buffer {
  const image = new JxlImage();
  try {
    image.feedBytes(stored);
    if (!image.tryInit()) throw new SystoleError('dicom_pixels', 'A JPEG XL frame ends within its header.');
    checkSize(format, image.height!, image.width!, format.samplesPerPixel);
    return Buffer.from(image.render().encodeToPng());
  } catch (error) {
    if (error instanceof SystoleError) throw error;
    throw new SystoleError('dicom_pixels', 'A JPEG XL frame cannot be decoded.', { cause: error });
  } finally {
    image.free();
  }
}
