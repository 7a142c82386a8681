import type { Mixing } from '../mixup.ts';

/** How labels become the weights that a loss takes. */
export interface TargetOptions {
  /** One weight a class, applied to that class whether it is present or absent (focal loss: alpha). */
  readonly classWeights?: readonly number[];
  /**
   * confusion[l][c]: what it costs to call class c in a record whose class is l (the 2020 challenge: 1 minus its
   * reward). An absent class then weighs the mean over the record's own classes; a present one weighs 1.
   */
  readonly confusion?: readonly (readonly number[])[];
}

/** What an absent and a present class weigh in a record that has none of the scored classes (DSAIL_SNU). */
const weightWithoutLabel = 0.5;

/** The two weights of `Loss`, row-major [record, class]. */
export interface Targets {
  readonly present: Float32Array;
  readonly absent: Float32Array;
}

/**
 * Weights of one record's labels (0 or 1 a class).
 * Confusion weights: Oh et al., DSAIL_SNU, PhysioNet/CinC 2020; `lossValue` of the reference training steps.
 */
export function targetsOf(labels: ArrayLike<number>, options: TargetOptions = {}): Targets {
  const classes = labels.length;
  const present = new Float32Array(classes);
  const absent = new Float32Array(classes);
  const own: number[] = [];
  for (let c = 0; c < classes; c++) if (labels[c]! > 0) own.push(c);
  for (let c = 0; c < classes; c++) {
    let weight = 1;
    if (options.confusion !== undefined) {
      if (own.length === 0) weight = weightWithoutLabel;
      else if (!(labels[c]! > 0)) {
        weight = own.reduce((sum, l) => sum + options.confusion![l]![c]!, 0) / own.length;
      }
    }
    weight *= options.classWeights?.[c] ?? 1;
    (labels[c]! > 0 ? present : absent)[c] = weight;
  }
  return { present, absent };
}

/** The targets of a batch after mixup: each record's own times lambda, its partner's times 1 - lambda. */
export function mixTargets(targets: Targets, classes: number, mixing: Mixing): Targets {
  const mix = (values: Float32Array) =>
    Float32Array.from(values, (value, i) => {
      const partner = mixing.partners[Math.floor(i / classes)]!;
      return mixing.lambda * value + (1 - mixing.lambda) * values[partner * classes + (i % classes)]!;
    });
  return { present: mix(targets.present), absent: mix(targets.absent) };
}
