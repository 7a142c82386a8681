import type { Database } from '../../shared/catalog/database.ts';
import {
  type DrawnMask,
  type DueContour,
  dueContours,
  removeOldGroundTruths,
  storeGroundTruths,
} from '../../shared/catalog/echo-evaluations.ts';
import { environment } from '../../shared/deployment/environment.ts';
import { groundTruthMask, unknownSize } from '../../shared/echo/ground-truth/ground-truth-mask.ts';
import { greyPng } from '../../shared/reports/grey-png.ts';
import { eachLimited } from '../../shared/storage/each-limited.ts';
import type { Objects } from '../../shared/storage/objects.ts';

/** Masks that are written at the same time. */
const concurrency = 8;

/**
 * Draws the masks of an export's contours that are new or have changed, and stores them with their rows; those of
 * contours that are gone go too.
 * @returns how many contours are none: without a long axis, broken, or outside of the picture
 */
export async function drawGroundTruths(
  database: Database,
  objects: Objects,
  dataSet: string,
  signal: AbortSignal,
): Promise<number> {
  const unusable: DueContour[] = [];
  for await (const page of dueContours(database, dataSet)) {
    const drawn: DrawnMask[] = [];
    await eachLimited(page, concurrency, async (contour) => {
      signal.throwIfAborted();
      const rows = contour.rows ?? unknownSize.rows;
      const columns = contour.columns ?? unknownSize.columns;
      const mask = groundTruthMask(contour.chords, rows, columns);
      if (mask === undefined) {
        unusable.push(contour);
        return;
      }
      const maskKey = `ground-truths/${contour.recordingId}/${contour.instance}-${contour.index}.png`;
      const grey = mask.pixels.map((inside) => 255 * inside);
      await objects.put(
        { bucket: environment.bucket('results'), key: maskKey },
        greyPng(grey, mask.rows, mask.columns),
        'image/png',
      );
      drawn.push({ contour, rows, columns, maskRows: mask.rows, maskColumns: mask.columns, maskKey });
    });
    await storeGroundTruths(database, drawn);
  }
  await removeOldGroundTruths(database, dataSet, unusable);
  return unusable.length;
}
