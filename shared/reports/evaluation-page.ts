import { labelTitle } from '../ecg/labels.ts';
import { confusionChart } from './charts/confusion-chart.ts';
import { type Curve, curveChart } from './charts/curve-chart.ts';
import { type Figure, figureHtml, figureTable, figureTableStyle, figureText } from './figure-table.ts';
import { escapeHtml, factTable, type PageSection, page } from './page.ts';

const columns = ['auroc', 'auprc', 'sensitivity', 'specificity', 'ppv', 'f1'] as const;
const columnTitles = ['AUROC', 'AUPRC', 'Sensitivity', 'Specificity', 'PPV', 'F1'];
type Row = Readonly<Record<(typeof columns)[number], Figure>>;

const challengeTitles = {
  challengeMetric: 'Challenge metric',
  auroc: 'AUROC',
  auprc: 'AUPRC',
  accuracy: 'Accuracy',
  fMeasure: 'F-measure',
  fBeta2: 'F-beta (2)',
  gBeta2: 'G-beta (2)',
} as const;

interface FigureSet {
  readonly recordings: number;
  readonly macro: Row;
  readonly challenge: { readonly overall: Readonly<Record<keyof typeof challengeTitles, Figure>> } | null;
}

export interface EvaluationPage {
  readonly evaluationId: string;
  /** Key of the label table or folder: the user's own name for a data set. */
  readonly dataSet: string;
  readonly model: { readonly name: string; readonly version: string };
  readonly evaluation: FigureSet & {
    readonly draws: number;
    readonly unknown: readonly string[];
    readonly classes: readonly (Row & {
      readonly name: string;
      readonly positives: number;
      readonly threshold: number;
    })[];
    readonly sources: readonly (FigureSet & { readonly source: string })[];
    readonly curves: readonly {
      readonly name: string;
      readonly roc: Curve['points'];
      readonly precisionRecall: Curve['points'];
    }[];
    readonly confusion: readonly (readonly number[])[];
  };
}

/** Curves that can be told apart in one picture. */
const curvesEach = 6;

/** The page of an evaluation: figures with intervals, ROC, precision-recall and confusion pictures, by source. */
export function evaluationPage({ evaluationId, dataSet, model, evaluation }: EvaluationPage): string {
  const { recordings, draws, unknown, sources } = evaluation;
  const sections: PageSection[] = [
    {
      heading: 'What was evaluated',
      html: factTable('Model, data and method', [
        ['Model', `${model.name} ${model.version}`],
        ['Data set', dataSet],
        ['Recordings with labels and scores', String(recordings)],
        ['Intervals', `95 %, percentile bootstrap over recordings, ${draws} draws`],
        ...(unknown.length === 0
          ? []
          : [['Not judged: the labels do not name', unknown.map(labelTitle).join(', ')] as const]),
      ]),
    },
    ...challengeSection(evaluation),
    { heading: 'Classes', html: classTable(evaluation) },
    { heading: 'Curves', html: curves(evaluation) },
    { heading: 'Confusion', html: confusion(evaluation) },
  ];
  if (sources.length > 0) sections.push({ heading: 'By source', html: sourceTable(evaluation) });
  return page({
    title: 'Evaluation',
    subtitle: `${model.name} ${model.version} on ${dataSet} · ${recordings} recordings · ${evaluationId}`,
    style: figureTableStyle,
    sections,
  });
}

function challengeSection({ challenge, recordings }: FigureSet): PageSection[] {
  if (challenge === null) return [];
  const figures = Object.entries(challengeTitles) as [keyof typeof challengeTitles, string][];
  return [
    {
      heading: 'PhysioNet/CinC 2020 challenge',
      html: factTable(
        `As its official scorer computes them, of ${recordings} recordings`,
        figures.map(([key, title]) => [title, figureText(challenge.overall[key])]),
      ),
    },
  ];
}

function classTable({ classes, macro }: EvaluationPage['evaluation']): string {
  const rows = classes.map((one) => {
    const positives = one.positives === 0 ? '0: no recording has it' : String(one.positives);
    return `<tr><th scope="row">${escapeHtml(labelTitle(one.name))}</th><td>${positives}</td><td>${one.threshold.toFixed(2)}</td>${cells(one)}</tr>`;
  });
  return figureTable(
    'Each class at the threshold of the model, and the mean over the classes for which a figure is defined',
    ['Class', 'Positives', 'Threshold', ...columnTitles],
    [...rows, `<tr class="mean"><th scope="row">Mean</th><td></td><td></td>${cells(macro)}</tr>`],
  );
}

function sourceTable({ sources, challenge }: EvaluationPage['evaluation']): string {
  const rows = sources.map(
    (one) =>
      `<tr><th scope="row">${escapeHtml(one.source)}</th><td>${one.recordings}</td>${challenge === null ? '' : `<td>${one.challenge === null ? '' : figureHtml(one.challenge.overall.challengeMetric)}</td>`}${cells(one.macro)}</tr>`,
  );
  return figureTable(
    'Means over the classes, by the folder of the source within the data set',
    ['Source', 'Recordings', ...(challenge === null ? [] : ['Challenge metric']), ...columnTitles],
    rows,
  );
}

function curves({ curves: all, classes }: EvaluationPage['evaluation']): string {
  const drawn = all.flatMap((one, c) => (one.roc.length === 0 ? [] : [{ ...one, figures: classes[c]! }]));
  if (drawn.length === 0)
    return '<p>No class has both recordings with it and without it: there is no curve to draw.</p>';
  const pictures: string[] = [];
  for (let start = 0; start < drawn.length; start += curvesEach) {
    const some = drawn.slice(start, start + curvesEach);
    const part = drawn.length > curvesEach ? ` (${1 + start}-${start + some.length} of ${drawn.length})` : '';
    const described = (name: 'auroc' | 'auprc') =>
      some.map((one) => `${labelTitle(one.name)} ${figureText(one.figures[name])}`).join('; ');
    pictures.push(
      curveChart({
        title: `Receiver operating characteristic${part}`,
        description: `Area under the curve: ${described('auroc')}.`,
        xName: '1 - specificity',
        yName: 'Sensitivity',
        diagonal: true,
        curves: some.map(({ name, roc, figures }) => ({
          name: labelTitle(name),
          figure: figureText(figures.auroc),
          points: roc,
        })),
      }),
      curveChart({
        title: `Precision and recall${part}`,
        description: `Average precision: ${described('auprc')}.`,
        xName: 'Recall (sensitivity)',
        yName: 'Precision (PPV)',
        curves: some.map(({ name, precisionRecall, figures }) => ({
          name: labelTitle(name),
          figure: figureText(figures.auprc),
          points: precisionRecall,
        })),
      }),
    );
  }
  return `<div class="charts">${pictures.join('')}</div>`;
}

function confusion({ classes, confusion: counts }: EvaluationPage['evaluation']): string {
  return `<div class="charts scroll">${confusionChart({
    title: 'Classes that are true and classes that are called',
    description: classes
      .map(
        ({ name, positives }, c) =>
          `${labelTitle(name)}: ${positives} recordings, ${counts[c]![c]!} of them called so`,
      )
      .join('; '),
    classes: classes.map(({ name }) => labelTitle(name)),
    counts,
    totals: classes.map(({ positives }) => positives),
    rowName: 'True',
    columnName: 'Called',
  })}</div><p class="note">A recording can have several classes, and several can be called: a row says how many of the recordings with its class are called each class, as counts and as shares of the row's recordings.</p>`;
}

function cells(row: Row): string {
  return columns.map((name) => `<td>${figureHtml(row[name])}</td>`).join('');
}
