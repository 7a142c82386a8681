import type { Prediction } from '../catalog/recordings.ts';
import type { Recording } from '../ecg/recording.ts';
import type { Card } from '../learning/card.ts';
import { factTable, page } from '../reports/page.ts';

/** The page of a scored ECG. */
export function ecgPageOf(recording: Recording, predictions: readonly Prediction[], card: Card): string {
  const scores = predictions.map(({ label, probability }) => [label, probability.toFixed(3)] as const);
  return page({
    title: 'Electrocardiogram',
    subtitle: `${card.name} ${card.version}`,
    sections: [{ heading: 'Scores', html: factTable(`${recording.leads.length} leads`, scores) }],
  });
}
