import { challengeScore } from './challenge-score.ts';
import type { Experiment } from './experiment.ts';
import { macro } from './metrics/macro.ts';
import { chooseThresholds } from './thresholds.ts';

/**
 * The thresholds of an experiment's model, one a class: as given, or chosen for the challenge's score where epochs are
 * selected by it, for the mean F1 otherwise.
 * @param labels 0 or 1, [class][recording].
 * @param probabilities laid out alike.
 */
export function experimentThresholds(
  { classes, selection, thresholds }: Experiment,
  labels: readonly Uint8Array[],
  probabilities: readonly Float32Array[],
): number[] {
  if (thresholds !== 'chosen') return classes.map(() => thresholds);
  return chooseThresholds(labels, probabilities, (known, calls) =>
    selection.metric === 'challenge-2020' ? challengeScore(classes, known, calls) : macro('f1', known, calls),
  );
}
