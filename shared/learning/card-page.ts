import type { Card } from './card.ts';
import { reliabilityFile } from './card-reliability.ts';

/** The card as a page to read: card.md. */
export function cardPage(card: Card): string {
  const { training, data } = card;
  const chosen = training.epochs.map((epochs) => `${epochs.chosen} of ${epochs.done}`).join(', ');
  return `# ${card.name} ${card.version}

${card.intendedUse}

**This model is not a medical device.** It has no clearance or approval, and no decision about a patient may rest on it.

## Figures

${figures(card)}
${calibrationFigures(card)}
## Limits

${card.limits.map((limit) => `- ${limit}`).join('\n')}

## Data

${data.name}: ${data.training} recordings for training, ${data.validation} for validation. ${data.attribution}
Licence: ${data.licence}.

## Training

    ${training.command}

Net \`${JSON.stringify(card.net)}\`, seed ${training.seed}, engine ${training.engine}, code ${training.codeVersion};
epoch chosen: ${chosen}. The whole experiment is in card.json.

## Input

Leads ${card.leads.join(', ')}. Preprocessing (SHA-256 ${card.preprocessingHash}):

    ${JSON.stringify(card.preprocessing)}
`;
}

function figures({ evaluation, evaluatedOn, training }: Card): string {
  if (evaluation === null) return 'None: the weights were imported and nothing was measured.';
  const rows = evaluation.classes.map((one) =>
    [
      one.name,
      one.positives,
      one.threshold.toFixed(2),
      ...[one.auroc, one.auprc, one.sensitivity, one.specificity, one.ppv, one.f1].map(figure),
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
    `| ${name} | ${[error.before, error.after, brier.before, brier.after].map(figure).join(' | ')} |`;
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

function figure({
  value,
  low,
  high,
}: {
  value: number | null;
  low: number | null;
  high: number | null;
}): string {
  if (value === null) return 'not defined';
  const bounds = low === null || high === null ? '' : ` (${low.toFixed(3)}-${high.toFixed(3)})`;
  return `${value.toFixed(3)}${bounds}`;
}
