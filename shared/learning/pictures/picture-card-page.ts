import { figure, modelPage } from '../model-page.ts';
import type { PictureCard, SegmentationCard, ViewCard } from './picture-card.ts';

/** The card of a model of pictures as a page to read: card.md. */
export function pictureCardPage(card: PictureCard): string {
  return modelPage(card, {
    of: 'pictures',
    figures: `${card.task === 'views' ? viewFigures(card) : segmentationFigures(card)}\n`,
    input: `Classes in their order: ${card.classes.join(', ')}. Frames`,
  });
}

function segmentationFigures({ evaluation }: SegmentationCard): string {
  if (evaluation === null) return 'None: nothing was measured.';
  const { frames, patients, bootstrapSamples, classes, ejectionFraction, cines } = evaluation;
  const ef =
    ejectionFraction === null
      ? ''
      : `

Ejection fraction by the single-plane method of disks from the masks of end-diastole and end-systole, mean absolute
difference from the table, in points, ${ejectionFraction.patients} patients (${ejectionFraction.unmeasurable} not measurable):

| masks | points |
| --- | --- |
| predicted | ${figure(ejectionFraction.errorOfPredicted, 2)} |
| true | ${figure(ejectionFraction.errorOfTrue, 2)} |`;
  return `On ${frames} pictures of ${patients} patients or phantoms (validation), at the pictures' own size, means over
pictures with 95 % bootstrap intervals (${bootstrapSamples} draws of patients).

| label | pictures | Dice | IoU |
| --- | --- | --- | --- |
${classes.map(({ name, frames: own, dice, iou }) => `| ${name} | ${own} | ${figure(dice)} | ${figure(iou)} |`).join('\n')}${ef}${cines === null ? '' : cineFigures(cines)}`;
}

function cineFigures({
  phantoms,
  framesEach,
  predicted,
  truth,
}: NonNullable<NonNullable<SegmentationCard['evaluation']>['cines']>): string {
  const row = (name: string, errors: typeof predicted) =>
    `| ${name} | ${errors.unmeasurable} | ${figure(errors.ejectionFraction, 1)} | ${figure(errors.edv, 1)} | ${figure(errors.esv, 1)} |`;
  return `

Cines of ${phantoms} phantoms of ${framesEach} frames, measured beat by beat and held against the volumes of the bodies in them, mean
absolute errors: ejection fraction in points, volumes in per cent.

| masks | not measurable | ejection fraction | end-diastolic volume | end-systolic volume |
| --- | --- | --- | --- | --- |
${row('predicted', predicted)}
${row('true', truth)}`;
}

function viewFigures({ evaluation, classes }: ViewCard): string {
  if (evaluation === null) return 'None: nothing was measured.';
  const { frames, patients, bootstrapSamples, accuracy, confusion } = evaluation;
  const confused = confusion.flatMap((row, truth) =>
    row.flatMap((count, said) =>
      said === truth || count === 0 ? [] : [`${classes[truth]} as ${classes[said]}: ${count}`],
    ),
  );
  return `On ${frames} pictures of ${patients} patients or phantoms (validation), with 95 % bootstrap intervals
(${bootstrapSamples} draws of patients). Accuracy ${figure(accuracy)}.

| view | pictures | sensitivity | PPV |
| --- | --- | --- | --- |
${evaluation.classes
  .map(
    ({ name, frames: own, sensitivity, ppv }) =>
      `| ${name} | ${own} | ${figure(sensitivity)} | ${figure(ppv)} |`,
  )
  .join('\n')}

Confused: ${confused.length === 0 ? 'none' : confused.join(', ')}.`;
}
