import type { EcgExplanation } from '../catalog/ecg-findings.ts';
import type { Prediction } from '../catalog/recordings.ts';
import type { EcgFindings } from '../ecg/findings.ts';
import { labelTitle } from '../ecg/labels.ts';
import type { Recording } from '../ecg/recording.ts';
import type { Card } from '../learning/card.ts';
import { ecgPage, type Unexplained } from '../reports/ecg-page.ts';

/** The page of a scored ECG. */
export function ecgPageOf(
  recordingId: string,
  recording: Recording,
  predictions: readonly Prediction[],
  card: Pick<Card, 'name' | 'version' | 'preprocessingHash' | 'explain'>,
  findings?: EcgFindings,
  explanation?: EcgExplanation,
): string {
  return ecgPage({
    recordingId,
    recording,
    scores: predictions.map((prediction) => ({ ...prediction, title: labelTitle(prediction.label) })),
    model: card,
    configurationHash: card.preprocessingHash,
    findings,
    explanation: explanation
      ? { ...explanation, title: labelTitle(explanation.label) }
      : whyUnexplained(predictions, card),
    warnings: [],
  });
}

function whyUnexplained(predictions: readonly Prediction[], { explain }: Pick<Card, 'explain'>): Unexplained {
  if (!predictions.some(({ positive }) => positive)) return 'nothing_called';
  return explain === undefined ? 'model' : 'length';
}
