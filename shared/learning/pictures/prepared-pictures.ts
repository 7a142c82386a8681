import { resizer } from '../../echo/frames/resize.ts';
import type { LabelledPicture, PictureDataset } from './picture-dataset.ts';

/** A picture as a net of `size` takes it. Not to be changed: it may be shared. */
export interface PreparedPicture {
  /** `[row, column]` of size x size, grey 0-255. */
  readonly grey: Uint8Array;
  /** `[row, column]` of size x size, or the one class of the picture. */
  readonly labels: Uint8Array;
}

/** Reads prepared pictures of a data set by their index. */
export type PreparedPictures = (index: number) => Promise<PreparedPicture>;

/** Brings pictures to a net's size; those that were read first are kept, up to a number of bytes. */
export function preparedPictures(
  dataset: PictureDataset,
  size: number,
  maximumBytes: number,
): PreparedPictures {
  const { pictures, together = 1 } = dataset;
  const kept = new Map<number, PreparedPicture>();
  let bytes = 0;
  return async (index) => {
    const found = kept.get(index);
    if (found !== undefined) return found;
    const first = index - (index % together);
    let asked: PreparedPicture | undefined;
    for (let i = first; i < Math.min(first + together, pictures.length); i++) {
      const prepared = preparedPicture(await dataset.picture(i), size);
      if (i === index) asked = prepared;
      const length = prepared.grey.length + prepared.labels.length;
      if (kept.has(i) || bytes + length > maximumBytes) continue;
      kept.set(i, prepared);
      bytes += length;
    }
    return asked!;
  };
}

/** The picture by area or linear resampling, its labels by the nearest pixel. */
export function preparedPicture(picture: LabelledPicture, size: number): PreparedPicture {
  const { rows, columns, labels } = picture;
  const grey = new Uint8Array(size * size);
  resizer(rows, columns, size, size)(picture.grey, grey);
  if (labels.length === 1) return { grey, labels };
  const nearest = new Uint8Array(size * size);
  for (let row = 0; row < size; row++) {
    const from = Math.floor(((row + 0.5) * rows) / size) * columns;
    for (let column = 0; column < size; column++)
      nearest[row * size + column] = labels[from + Math.floor(((column + 0.5) * columns) / size)]!;
  }
  return { grey, labels: nearest };
}
