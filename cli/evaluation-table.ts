import type { EcgFigureRow } from '../shared/catalog/ecg-evaluations.ts';
import type { EchoFigureRow } from '../shared/catalog/echo-evaluations.ts';
import type { ListedEvaluation } from '../shared/catalog/evaluations.ts';
import { labelTitle } from '../shared/ecg/labels.ts';
import { table } from './table.ts';

/** Evaluations, the newest first: what was held against what, and how it ended. */
export function evaluationTable(evaluations: readonly ListedEvaluation[]): string {
  const rows = evaluations.map(
    ({ dataSet, modelName, modelVersion, state, reason, detail, recordings, id }) => [
      dataSet,
      `${modelName} ${modelVersion}`,
      state,
      reason === null ? (recordings === null ? '' : `${recordings} recordings`) : `${reason} ${detail ?? ''}`,
      id,
    ],
  );
  return table(['evaluation of', 'model', 'state', '', 'id'], rows);
}

const columns = ['auroc', 'auprc', 'sensitivity', 'specificity', 'ppv', 'f1'];

/** The figures of one evaluation over all of its recordings: of each class, and their means. */
export function figureTable(rows: readonly EcgFigureRow[]): string {
  const all = rows.filter(({ source }) => source === null);
  const figure = (metric: string, label: string | null) => {
    const row = all.find((one) => one.metric === metric && one.label === label);
    return row === undefined ? 'not defined' : written(row, '-');
  };
  const classes = all.flatMap(({ metric, label }) =>
    metric === 'positives' && label !== null ? [label] : [],
  );
  const lines = [...classes.sort(), null].map((label) => [
    label === null ? 'mean' : labelTitle(label),
    ...columns.map((metric) => figure(metric, label)),
  ]);
  const score = all.some(({ metric }) => metric === 'challenge_metric')
    ? `\nchallenge metric ${figure('challenge_metric', null)}\n`
    : '';
  return `${table(['class', ...columns], lines)}${score}`;
}

/** The figures of an evaluation of echocardiograms over all of its instances. */
export function echoFigureTable(rows: readonly EchoFigureRow[]): string {
  const lines = rows.map((row) => [
    row.subject,
    row.label ?? '',
    row.metric.replaceAll('_', ' '),
    // Differences may be negative.
    written(row, ' to '),
  ]);
  return table(['', 'of', 'figure', 'value'], lines);
}

function written({ value, low, high }: Pick<EchoFigureRow, 'value' | 'low' | 'high'>, to: string): string {
  if (value === null) return 'not defined';
  return low === null || high === null
    ? value.toFixed(3)
    : `${value.toFixed(3)} (${low.toFixed(3)}${to}${high.toFixed(3)})`;
}
