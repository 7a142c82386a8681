import { bootstrap } from '../metrics/bootstrap.ts';
import { byPatient } from './by-patient.ts';
import type { ViewCard } from './picture-card.ts';
import type { PictureDataset } from './picture-dataset.ts';
import type { PictureModel } from './picture-model.ts';
import { preparedPicture } from './prepared-pictures.ts';

const samples = 1000;

/**
 * How the likeliest class of each picture agrees with its label: accuracy, sensitivity and positive predictive value
 * of the classes that the set holds with 95 % bootstrap intervals over patients, and all confusions.
 */
export async function evaluateViews(
  model: PictureModel<ViewCard>,
  dataset: PictureDataset,
  seed: number,
): Promise<NonNullable<ViewCard['evaluation']>> {
  const { classes, net } = model.card;
  const truth: number[] = [];
  const said: number[] = [];
  for (let index = 0; index < dataset.pictures.length; index++) {
    const picture = await dataset.picture(index);
    const probabilities = await model.probabilities(preparedPicture(picture, net.size).grey);
    truth.push(picture.labels[0]!);
    said.push(probabilities.indexOf(probabilities.reduce((a, b) => Math.max(a, b))));
  }
  const confusion = classes.map(() => classes.map(() => 0));
  truth.forEach((label, i) => {
    confusion[label]![said[i]!]!++;
  });
  const present = classes.map((_, label) => label).filter((label) => truth.includes(label));
  const patients = byPatient(dataset.pictures);
  const figures = bootstrap<string>(
    patients.length,
    (drawn) => {
      const right = new Int32Array(classes.length);
      const ofLabel = new Int32Array(classes.length);
      const called = new Int32Array(classes.length);
      for (const patient of drawn)
        for (const picture of patients[patient]!) {
          ofLabel[truth[picture]!]!++;
          called[said[picture]!]!++;
          if (truth[picture] === said[picture]) right[truth[picture]!]!++;
        }
      const sum = (counts: Int32Array) => counts.reduce((a, b) => a + b);
      return Object.fromEntries([
        ['accuracy', sum(right) / sum(ofLabel)],
        ...present.flatMap((label) => [
          [`sensitivity ${label}`, right[label]! / ofLabel[label]!],
          [`ppv ${label}`, right[label]! / called[label]!],
        ]),
      ]) as Record<string, number>;
    },
    { seed, samples },
  );
  return {
    frames: truth.length,
    patients: patients.length,
    bootstrapSamples: samples,
    accuracy: figures.accuracy!,
    classes: present.map((label) => ({
      name: classes[label]!,
      frames: truth.filter((one) => one === label).length,
      sensitivity: figures[`sensitivity ${label}`]!,
      ppv: figures[`ppv ${label}`]!,
    })),
    confusion,
  };
}
