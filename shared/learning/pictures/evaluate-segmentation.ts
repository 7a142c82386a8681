import { labelMap } from '../../echo/frames/label-map.ts';
import type { Mask } from '../../echo/measurement/chamber-masks.ts';
import { cleanMask } from '../../echo/measurement/clean-mask.ts';
import { diskVolume } from '../../echo/measurement/disk-volume.ts';
import { bootstrap, type Interval } from '../metrics/bootstrap.ts';
import { byPatient } from './by-patient.ts';
import { type LabelOverlap, labelOverlap } from './label-overlap.ts';
import type { SegmentationCard } from './picture-card.ts';
import type { PictureDataset, PictureEntry } from './picture-dataset.ts';
import type { PictureModel } from './picture-model.ts';
import { preparedPicture } from './prepared-pictures.ts';

const samples = 1000;

/** Volumes of one picture's left ventricle by the method of disks, in a unit of its own; NaN: not measurable. */
interface Volumes {
  readonly predicted: number;
  readonly truth: number;
}

/**
 * Dice coefficient and intersection over union of each class at the pictures' own size, means over the pictures that
 * hold the class, with 95 % bootstrap intervals over patients; and, where the set knows ejection fractions, how far
 * those from predicted and from true masks of end-diastole and end-systole lie from them (single-plane disks, square
 * pixels). What the net's answer is resampled to the picture's size by is `labelMap`.
 */
export async function evaluateSegmentation(
  model: PictureModel<SegmentationCard>,
  dataset: PictureDataset,
  seed: number,
): Promise<Omit<NonNullable<SegmentationCard['evaluation']>, 'cines'>> {
  const { card } = model;
  const labels = card.classes.length;
  const { size } = card.net;
  const overlaps: LabelOverlap[][] = [];
  const volumes: (Volumes | undefined)[] = [];
  for (const [index, entry] of dataset.pictures.entries()) {
    const picture = await dataset.picture(index);
    const { rows, columns } = picture;
    const probabilities = await model.probabilities(preparedPicture(picture, size).grey);
    const predicted = labelMap(probabilities, { size, labels }, rows, columns);
    overlaps.push(labelOverlap(predicted, picture.labels, labels));
    const volumeOf = (map: Uint8Array) => ventricleVolume(map, rows, columns, card.chambers);
    volumes.push(
      entry.ejectionFraction && { predicted: volumeOf(predicted), truth: volumeOf(picture.labels) },
    );
  }
  const patients = byPatient(dataset.pictures);
  const classes = card.classes.slice(1).map((name, i) => {
    const own = overlaps.map((picture) => picture[i + 1]!);
    return {
      name,
      frames: own.filter(({ dice }) => !Number.isNaN(dice)).length,
      ...bootstrap(
        patients.length,
        (drawn) => {
          const pictures = Array.from(drawn, (patient) => patients[patient]!).flat();
          return {
            dice: meanOfDefined(pictures.map((picture) => own[picture]!.dice)),
            iou: meanOfDefined(pictures.map((picture) => own[picture]!.iou)),
          };
        },
        { seed, samples },
      ),
    };
  });
  return {
    frames: dataset.pictures.length,
    patients: patients.length,
    bootstrapSamples: samples,
    classes,
    ejectionFraction: ejectionFraction(dataset.pictures, patients, volumes, seed),
  };
}

function ventricleVolume(
  map: Uint8Array,
  rows: number,
  columns: number,
  { lv, la }: SegmentationCard['chambers'],
): number {
  const maskOf = (label: number): Mask | undefined =>
    cleanMask({ rows, columns, pixels: map.map((value) => Number(value === label)) });
  const ventricle = maskOf(lv);
  if (ventricle === undefined) return Number.NaN;
  return diskVolume(ventricle, { x: 1, y: 1 }, maskOf(la))?.volume ?? Number.NaN;
}

function ejectionFraction(
  pictures: readonly PictureEntry[],
  patients: readonly (readonly number[])[],
  volumes: readonly (Volumes | undefined)[],
  seed: number,
): NonNullable<SegmentationCard['evaluation']>['ejectionFraction'] {
  const errors: { predicted: number; truth: number }[] = [];
  let known = 0;
  for (const own of patients) {
    const at = (moment: string) => own.find((index) => pictures[index]!.ejectionFraction?.moment === moment);
    const [diastole, systole] = [at('end-diastole'), at('end-systole')];
    if (diastole === undefined || systole === undefined) continue;
    known++;
    const { percent } = pictures[diastole]!.ejectionFraction!;
    const error = (source: keyof Volumes) => {
      const [edv, esv] = [volumes[diastole]![source], volumes[systole]![source]];
      return Math.abs((100 * (edv - esv)) / edv - percent);
    };
    const one = { predicted: error('predicted'), truth: error('truth') };
    if (!Number.isNaN(one.predicted) && !Number.isNaN(one.truth)) errors.push(one);
  }
  if (errors.length === 0) return null;
  const { predicted, truth } = bootstrap(
    errors.length,
    (drawn): Record<'predicted' | 'truth', number> => ({
      predicted: meanOfDefined(Array.from(drawn, (i) => errors[i]!.predicted)),
      truth: meanOfDefined(Array.from(drawn, (i) => errors[i]!.truth)),
    }),
    { seed, samples },
  ) as Record<'predicted' | 'truth', Interval>;
  return {
    patients: errors.length,
    unmeasurable: known - errors.length,
    errorOfPredicted: predicted,
    errorOfTrue: truth,
  };
}

function meanOfDefined(values: readonly number[]): number {
  const defined = values.filter((value) => !Number.isNaN(value));
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
