import type { EcgFigureRow } from '../../shared/catalog/ecg-evaluations.ts';
import { type ChallengeFigure, challengeFigures } from '../../shared/learning/challenge-evaluation.ts';
import type { EcgEvaluation, EcgFigures } from '../../shared/learning/ecg-evaluation.ts';
import { figures } from '../../shared/learning/evaluation.ts';
import type { Interval } from '../../shared/learning/metrics/bootstrap.ts';

/** An evaluation as rows: of all recordings, and of each source. */
export function figureRows(evaluation: EcgEvaluation): EcgFigureRow[] {
  return [...rowsOf(evaluation, null), ...evaluation.sources.flatMap((one) => rowsOf(one, one.source))];
}

function rowsOf(
  { recordings, macro, classes, challenge }: EcgFigures,
  source: string | null,
): EcgFigureRow[] {
  const row = (metric: string, label: string | null, { value, low, high }: Interval): EcgFigureRow => ({
    source,
    metric,
    label,
    value: defined(value),
    low: defined(low),
    high: defined(high),
  });
  const plain = (metric: string, label: string | null, value: number) =>
    row(metric, label, { value, low: Number.NaN, high: Number.NaN });
  return [
    plain('recordings', null, recordings),
    ...figures.map((name) => row(name, null, macro[name])),
    ...classes.flatMap((one) => [
      plain('positives', one.name, one.positives),
      plain('threshold', one.name, one.threshold),
      ...figures.map((name) => row(name, one.name, one[name])),
    ]),
    ...(challenge === null
      ? []
      : [
          ...challengeFigures.map((name) => row(challengeMetricName(name), null, challenge.overall[name])),
          ...challenge.perClass.classes.flatMap((label, c) => [
            plain(challengeMetricName('auroc'), label, challenge.perClass.aurocPerClass[c]!),
            plain(challengeMetricName('auprc'), label, challenge.perClass.auprcPerClass[c]!),
            plain(challengeMetricName('fMeasure'), label, challenge.perClass.fMeasurePerClass[c]!),
          ]),
        ]),
  ];
}

/** `challenge_f_measure`: told apart from the figure of the same name over the model's own classes. */
function challengeMetricName(name: ChallengeFigure): string {
  if (name === 'challengeMetric') return 'challenge_metric';
  return `challenge_${name.replace(/[A-Z0-9]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}

/** What is not a number is null in the database. */
const defined = (value: number): number | null => (Number.isFinite(value) ? value : null);
