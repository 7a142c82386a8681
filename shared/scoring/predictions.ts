import type { Prediction } from '../catalog/recordings.ts';
import type { Card } from '../learning/card.ts';

/** Probabilities of one recording, in the order of the card's classes, as rows: a class is called above its threshold. */
export function predictionsOf(
  card: Pick<Card, 'classes' | 'thresholds'>,
  probabilities: ArrayLike<number>,
): Prediction[] {
  return card.classes.map((label, index) => {
    const probability = probabilities[index]!;
    const threshold = card.thresholds[index]!;
    return { label, probability, threshold, positive: probability > threshold };
  });
}
