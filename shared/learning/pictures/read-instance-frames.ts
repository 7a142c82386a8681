import { bytesInMemory } from '../../echo/dicom/byte-source.ts';
import { readHeader } from '../../echo/dicom/header.ts';
import { type Instance, readInstance } from '../../echo/dicom/instance.ts';
import { BlankedFrames } from '../../echo/frames/blanked-frames.ts';
import { FrameReader } from '../../echo/frames/frame-reader.ts';
import { FrameSample } from '../../echo/frames/frame-sample.ts';
import type { FramePreprocessing } from '../../echo/preprocessing.ts';
import { SystoleError } from '../../errors.ts';
import type { Random } from '../../random.ts';
import type { GreyPicture } from './read-grey-png.ts';

/**
 * Which frames of an instance: one by its number, counted from 0 as stored; the only one; or some at random, as many as it
 * has where those are fewer.
 */
export type WantedFrames =
  | { readonly frame: number }
  | 'only'
  | { readonly count: number; readonly random: Random };

/**
 * Reads frames of a DICOM instance as scoring sees them: grey, burned-in text blanked by the area that is found in the
 * first frame that shows one, at the instance's own size.
 * @throws SystoleError as the readers of headers and frames; `labels_invalid` where there is no such frame, or not one
 * alone
 */
export async function readInstanceFrames(
  bytes: Uint8Array,
  wanted: WantedFrames,
  { burnedInText }: FramePreprocessing,
): Promise<GreyPicture[]> {
  const header = await readHeader(bytesInMemory(bytes));
  const instance = readInstance(header);
  if (wanted === 'only') checkStill(instance);
  const number = wanted === 'only' ? 0 : 'frame' in wanted ? wanted.frame : undefined;
  const sample =
    wanted === 'only' || 'frame' in wanted ? undefined : new FrameSample(wanted.random, wanted.count);
  const blanked = new BlankedFrames(instance);
  let stored = 0;
  const reader = new FrameReader(header, instance, 'grey', (index) => {
    stored = index + 1;
    const areaSought = reader.delivered === 0 || blanked.areaOf(burnedInText) === 'none';
    return sample !== undefined || index === number || areaSought;
  });
  for await (const { index, rows, columns, pixels } of reader) {
    blanked.take(pixels);
    const grey = blanked.as(burnedInText);
    sample?.offer(index, () => grey.slice());
    if (index === number) return [{ rows, columns, grey: grey.slice() }];
  }
  if (sample === undefined) {
    if (number! < stored) throw new SystoleError('dicom_pixels', `Frame ${number} cannot be decoded.`);
    throw new SystoleError('labels_invalid', `The instance has ${stored} frames and no frame ${number}.`);
  }
  const { rows, columns } = instance;
  return sample.frames().map(({ pixels: grey }) => ({ rows: rows!, columns: columns!, grey }));
}

function checkStill({ numberOfFrames, refusal }: Instance): void {
  if (refusal === null && numberOfFrames !== null && numberOfFrames > 1)
    throw new SystoleError(
      'labels_invalid',
      `The instance has ${numberOfFrames} frames: \`frame\` must say which.`,
    );
}
