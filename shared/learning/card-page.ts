import type { Card } from './card.ts';
import { reliabilityFile } from './card-reliability.ts';
import { figure, modelPage } from './model-page.ts';

/** The card as a page to read: card.md. */
export function cardPage(card: Card): string {
  return modelPage(card, {
    of: 'recordings',
    figures: `${figures(card)}\n${calibrationFigures(card)}`,
    input: `Leads ${card.leads.join(', ')}. Preprocessing`,
  });
}

function figures({ evaluation, evaluatedOn, training }: Card): string {
  if (evaluation === null) return 'None: the weights were imported and nothing was measured.';
  const rows = evaluation.classes.map((one) =>
    [
      one.name,
      one.positives,
      one.threshold.toFixed(2),
      ...[one.auroc, one.auprc, one.sensitivity, one.specificity, one.ppv, one.f1].map((value) =>
        figure(value),
      ),
    ].join(' | '),
  );
  const { selection, thresholds, calibration } = training.experiment;
  const fitted = [
    ...(selection.epoch === 'best' ? ['epochs'] : []),
    ...(thresholds === 'chosen' ? ['thresholds'] : []),
    ...(calibration === undefined ? [] : ['calibration']),
  ];
  const chosenOn =
    fitted.length === 0
      ? 'Nothing was chosen on these recordings.'
      : `Chosen on the same recordings: ${fitted.join(', ')}${selection.epoch === 'best' ? ', so expect less on others' : '; epochs were not'}.`;
  return `On ${evaluation.recordings} recordings (${evaluatedOn}), with 95 % bootstrap intervals
(${evaluation.bootstrapSamples} draws of recordings). ${chosenOn}

| macro average | value |
| --- | --- |
| AUROC | ${figure(evaluation.macroAuroc)} |
| AUPRC | ${figure(evaluation.macroAuprc)} |
| F1 | ${figure(evaluation.macroF1)} |

| class | positives | threshold | AUROC | AUPRC | sensitivity | specificity | PPV | F1 |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.map((row) => `| ${row} |`).join('\n')}`;
}

function calibrationFigures({ evaluation, calibration }: Card): string {
  const measured = evaluation?.calibration;
  if (measured === undefined || calibration === undefined) return '';
  const row = (name: string, error: typeof measured.brier, brier: typeof measured.brier) =>
    `| ${name} | ${[error.before, error.after, brier.before, brier.after].map((one) => figure(one)).join(' | ')} |`;
  const rows = measured.classes.map(({ name, before, after }) =>
    row(
      name,
      { before: before.calibrationError, after: after.calibrationError },
      { before: before.brier, after: after.brier },
    ),
  );
  const method =
    calibration.method === 'temperature'
      ? `one temperature a class: ${calibration.temperatures.map((value) => value?.toFixed(2) ?? 'none').join(', ')}`
      : 'centred isotonic regression, a line a class';
  return `
### Calibration

Probabilities are calibrated (${method}). The figures after calibration are of
recordings that were left out of the fit (five folds); the shipped fit took all. ECE: expected calibration error, ten bins.

| class | ECE before | ECE after | Brier before | Brier after |
| --- | --- | --- | --- | --- |
${[...rows, row('mean', measured.calibrationError, measured.brier)].join('\n')}

![Reliability diagram](${reliabilityFile})
`;
}
