import type { Prediction } from '../catalog/recordings.ts';
import { labelTitle } from '../ecg/labels.ts';
import type { Recording } from '../ecg/recording.ts';
import type { Card } from '../learning/card.ts';
import { ecgPage } from '../reports/ecg-page.ts';

/** The page of a scored ECG. */
export function ecgPageOf(
  recordingId: string,
  recording: Recording,
  predictions: readonly Prediction[],
  card: Pick<Card, 'name' | 'version' | 'preprocessingHash'>,
): string {
  return ecgPage({
    recordingId,
    recording,
    scores: predictions.map((prediction) => ({ ...prediction, title: labelTitle(prediction.label) })),
    model: card,
    configurationHash: card.preprocessingHash,
    warnings: [],
  });
}
