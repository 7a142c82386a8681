import { stratifiedFolds } from '../folds.ts';
import { type Calibration, calibrate } from './calibration.ts';
import { fitIsotonic } from './isotonic.ts';
import { fitTemperature } from './temperature.ts';

export type CalibrationMethod = Calibration['method'];

/**
 * Fits a calibration class by class.
 * @param labels 0 or 1, [class][recording], of recordings that the net was not trained on.
 * @param probabilities of the net, laid out alike.
 */
export function fitCalibration(
  method: CalibrationMethod,
  labels: readonly ArrayLike<number>[],
  probabilities: readonly ArrayLike<number>[],
): Calibration {
  return method === 'temperature'
    ? { method, temperatures: labels.map((truth, c) => fitTemperature(truth, probabilities[c]!)) }
    : { method, lines: labels.map((truth, c) => fitIsotonic(truth, probabilities[c]!)) };
}

/** How often a calibration is fitted anew to be measured on the recordings that it was fitted on. */
const measuringFolds = 5;

/**
 * Every recording calibrated by a fit on the others: what a calibration can be measured by when there are no further
 * recordings.
 * @returns [class][recording]
 */
export function crossFitted(
  method: CalibrationMethod,
  labels: readonly Uint8Array[],
  probabilities: readonly Float32Array[],
  seed: number,
): Float32Array[] {
  const recordings = Array.from({ length: labels[0]!.length }, (_, r) => r);
  const perRecording = recordings.map((r) => labels.map((truth) => truth[r]!));
  const folds = stratifiedFolds(perRecording, measuringFolds, seed);
  const result = probabilities.map((values) => values.slice());
  for (let fold = 0; fold < measuringFolds; fold++) {
    const others = recordings.filter((r) => folds[r] !== fold);
    const calibration = fitCalibration(
      method,
      labels.map((truth) => others.map((r) => truth[r]!)),
      probabilities.map((values) => others.map((r) => values[r]!)),
    );
    for (const r of recordings) {
      if (folds[r] !== fold) continue;
      result.forEach((values, c) => {
        values[r] = calibrate(calibration, c, probabilities[c]![r]!);
      });
    }
  }
  return result;
}
