import { challengeMetric } from '../ecg/challenge-metric.ts';
import { challengeRewards } from '../ecg/challenge-rewards.ts';
import { challengeClasses, normalClass } from '../ecg/labels.ts';

/** The 2020 challenge's rewards for some of its classes: [true class][called class]. */
export function challengeRewardsOf(classes: readonly string[]): number[][] {
  const places = classes.map((name) => challengeClasses.indexOf(name));
  return places.map((row) => places.map((column) => challengeRewards[row]![column]!));
}

/**
 * The 2020 challenge's score over some of its classes.
 * @param labels 0 or 1, [class][recording]; `calls` alike.
 */
export function challengeScore(
  classes: readonly string[],
  labels: readonly Uint8Array[],
  calls: readonly Uint8Array[],
): number {
  return challengeMetric(labels, calls, challengeRewardsOf(classes), classes.indexOf(normalClass));
}
