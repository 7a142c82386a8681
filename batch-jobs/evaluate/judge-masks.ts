import type { Database } from '../../shared/catalog/database.ts';
import {
  type EchoEvaluationRows,
  type LabelledMask,
  labelledMasks,
} from '../../shared/catalog/echo-evaluations.ts';
import type { Evaluation } from '../../shared/catalog/evaluations.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { resizeMask } from '../../shared/echo/ground-truth/resize-mask.ts';
import type { Mask } from '../../shared/echo/measurement/chamber-masks.ts';
import { labelOverlap } from '../../shared/learning/pictures/label-overlap.ts';
import { readGreyPng } from '../../shared/learning/pictures/read-grey-png.ts';
import { type AnimatedPngFrames, readAnimatedPng } from '../../shared/storage/animated-png.ts';
import type { Objects } from '../../shared/storage/objects.ts';

/** The masks of one evaluation: how far each agrees, and how many have no frame to be held against. */
export interface JudgedMasks {
  readonly rows: EchoEvaluationRows['segmentations'];
  readonly withoutFrame: number;
}

/**
 * Holds the masks of a segmentation model against those of the contours, frame by frame, at the size of the latter.
 * @param chambers labels of the model's masks
 */
export async function judgeMasks(
  database: Database,
  objects: Objects,
  evaluation: Evaluation,
  chambers: Readonly<Record<'lv' | 'la', number>>,
  signal: AbortSignal,
): Promise<JudgedMasks> {
  const rows: EchoEvaluationRows['segmentations'][number][] = [];
  let withoutFrame = 0;
  let cine: { readonly key: string; readonly frames: AnimatedPngFrames } | undefined;
  for await (const page of labelledMasks(database, evaluation))
    for (const mask of page) {
      signal.throwIfAborted();
      if (mask.frame >= mask.frames || !mask.numbered) {
        withoutFrame += 1;
        continue;
      }
      if (cine?.key !== mask.predictedKey)
        cine = {
          key: mask.predictedKey,
          frames: readAnimatedPng(await resultOf(objects, mask.predictedKey)),
        };
      const { width, height } = cine.frames;
      const label = chambers[mask.chamber];
      const pixels = cine.frames.frame(mask.frame).map((one) => (one === label ? 1 : 0));
      rows.push(judged(mask, { rows: height, columns: width, pixels }, await truthOf(objects, mask)));
    }
  return { rows, withoutFrame };
}

const resultOf = (objects: Objects, key: string): Promise<Buffer> =>
  objects.bytes({ bucket: environment.bucket('results'), key });

async function truthOf(objects: Objects, { truthKey }: LabelledMask): Promise<Mask> {
  const { rows, columns, grey } = readGreyPng(await resultOf(objects, truthKey));
  return { rows, columns, pixels: grey.map((value) => (value > 127 ? 1 : 0)) };
}

function judged(
  mask: LabelledMask,
  predicted: Mask,
  truth: Mask,
): EchoEvaluationRows['segmentations'][number] {
  const { pixels } = resizeMask(predicted, truth.rows, truth.columns);
  const [, { dice, iou }] = labelOverlap(pixels, truth.pixels, 2) as [unknown, { dice: number; iou: number }];
  return {
    recording_id: mask.recordingId,
    studyidk: mask.study,
    instanceidk: mask.instance,
    indexinmglist: mask.index,
    frame: mask.frame,
    chamber: mask.chamber,
    moment: mask.moment,
    iou,
    dice,
  };
}
