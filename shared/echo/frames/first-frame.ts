import type { Header } from '../dicom/header.ts';
import type { Instance } from '../dicom/instance.ts';
import { FrameReader } from './frame-reader.ts';
import { blankOutside, type PictureArea, pictureArea } from './picture-area.ts';

/** The first frame of an instance with burned-in text removed: grey `[row, column]`. */
export interface FirstFrame {
  readonly grey: Uint8Array;
  readonly area: PictureArea['from'];
}

/**
 * Reads and de-identifies the first frame that can be decoded.
 * @throws SystoleError as FrameReader does.
 */
export async function firstFrame(header: Header, instance: Instance): Promise<FirstFrame> {
  const frames = new FrameReader(header, instance, 'grey')[Symbol.asyncIterator]();
  const { value } = await frames.next();
  await frames.return(undefined);
  const grey = (value as { pixels: Uint8Array }).pixels;
  const area = pictureArea(instance, grey);
  blankOutside(grey, area);
  return { grey, area: area.from };
}
