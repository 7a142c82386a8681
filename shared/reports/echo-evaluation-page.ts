import type { Agreement, MedianRange } from '../echo/evaluation/agreement.ts';
import type { ClassFractions } from '../echo/evaluation/class-fractions.ts';
import { type ViewGroup, viewGroups } from '../echo/views/views.ts';
import { blandAltmanChart } from './charts/bland-altman-chart.ts';
import { confusionChart } from './charts/confusion-chart.ts';
import { type Figure, figureHtml, figureTable, figureTableStyle, figureText } from './figure-table.ts';
import { escapeHtml, factTable, type PageSection, page } from './page.ts';

/** What the charts of one quantity are called. */
const quantityTitles = {
  EDV: { title: 'End-diastolic volume', unit: 'mL' },
  ESV: { title: 'End-systolic volume', unit: 'mL' },
  EF: { title: 'Ejection fraction', unit: '%' },
} as const;
const methodTitles: Readonly<Record<string, string>> = {
  disks: 'Method of disks',
  'area-length': 'Area-length over windows, as published',
};
const chamberTitles = { lv: 'Left ventricle', la: 'Left atrium' } as const;
const mappingTitles = {
  dev: 'By anatomy (occluded and zoomed views count as the view that they are a part of)',
  seg: 'By what a chamber can be measured on (whole views only)',
} as const;

interface Confusion {
  /** counts[true][said] */
  readonly counts: readonly (readonly number[])[];
  readonly accuracy: Figure;
}

export interface EchoEvaluationPage {
  readonly evaluationId: string;
  /** Folder of the export. */
  readonly dataSet: string;
  readonly model: { readonly name: string; readonly version: string };
  /** Instances and studies that figures are of. */
  readonly instances: number;
  readonly studies: number;
  readonly draws: number;
  /** Null for a model that says nothing of views. */
  readonly views: Readonly<
    Record<keyof typeof mappingTitles, Confusion & { readonly fractions: readonly ClassFractions[] }>
  > | null;
  readonly chambers: readonly {
    readonly chamber: keyof typeof chamberTitles;
    readonly frames: number;
    readonly dice: Figure;
    readonly iou: Figure;
  }[];
  readonly methods: readonly {
    readonly method: string;
    readonly quantities: readonly (Agreement & {
      readonly quantity: keyof typeof quantityTitles;
      readonly meanAbsoluteInterval: Figure;
      readonly biasInterval: Figure;
      readonly pairs: readonly { readonly truth: number; readonly measured: number }[];
    })[];
    readonly recommendation: (Confusion & { readonly classes: readonly string[] }) | null;
  }[];
  /** What has a label and is not judged, and why: words and how often. */
  readonly leftOut: readonly (readonly [why: string, count: number])[];
}

/** The page of an evaluation of echocardiograms against an Xcelera export. */
export function echoEvaluationPage(evaluation: EchoEvaluationPage): string {
  const { evaluationId, dataSet, model, instances, studies, draws, leftOut } = evaluation;
  const sections: PageSection[] = [
    {
      heading: 'What was evaluated',
      html: factTable('Model, data and method', [
        ['Model', `${model.name} ${model.version}`],
        ['Export', dataSet],
        ['Instances', `${instances} of ${studies} studies`],
        [
          'Intervals',
          studies > 1
            ? `95 %, percentile bootstrap over studies, ${draws} draws`
            : 'none: they need more than one study',
        ],
        ...leftOut.map(([why, count]) => [why, String(count)] as const),
      ]),
    },
    ...viewSections(evaluation),
    ...chamberSections(evaluation),
    ...measurementSections(evaluation),
  ];
  if (sections.length === 1)
    sections.push({
      heading: 'Nothing to compare',
      html: '<p>No instance has both a label in the export and an answer of this model.</p>',
    });
  return page({
    title: 'Evaluation',
    subtitle: `${model.name} ${model.version} on ${dataSet} · ${instances} instances · ${evaluationId}`,
    style: figureTableStyle,
    sections,
  });
}

function viewSections({ views }: EchoEvaluationPage): PageSection[] {
  if (views === null) return [];
  return (['dev', 'seg'] as const).map((mapping) => {
    const { counts, fractions, accuracy } = views[mapping];
    const labelled = (index: number) => counts[index]!.reduce((sum, count) => sum + count, 0);
    const rows = viewGroups.map((view, i) => {
      const { tn, fp, fn, tp } = fractions[i]!;
      const cells = [tn, fp, fn, tp].map((value) => `<td>${value.toFixed(4)}</td>`).join('');
      return `<tr><th scope="row">${viewTitles[view]}</th><td>${labelled(i)}</td>${cells}</tr>`;
    });
    const chart = confusionChart({
      title: 'Views by label and by net',
      description: viewGroups
        .map(
          (view, i) => `${viewTitles[view]}: ${labelled(i)} instances, ${counts[i]![i]!} of them called so`,
        )
        .join('; '),
      classes: viewGroups.map((view) => viewTitles[view]),
      counts,
      rowName: 'Label',
      columnName: 'Net',
    });
    const table = figureTable(
      'Each view against all others, as fractions of the instances',
      ['View', 'Labelled', 'True negative', 'False positive', 'False negative', 'True positive'],
      rows,
    );
    return {
      heading: `Views, mapping ${mapping}`,
      html: `<p>${mappingTitles[mapping]}. Accuracy ${figureText(accuracy)}.</p><div class="charts">${chart}</div>${table}`,
    };
  });
}

const viewTitles: Record<ViewGroup, string> = { a2c: 'A2C', a4c: 'A4C', plax: 'PLAX', other: 'Other' };

function chamberSections({ chambers }: EchoEvaluationPage): PageSection[] {
  if (chambers.length === 0) return [];
  const rows = chambers.map(
    ({ chamber, frames, dice, iou }) =>
      `<tr><th scope="row">${chamberTitles[chamber]}</th><td>${frames}</td><td>${figureHtml(dice)}</td><td>${figureHtml(iou)}</td></tr>`,
  );
  return [
    {
      heading: 'Chambers',
      html: figureTable(
        "The net's mask against that of the export's contour in the same frame, means over frames",
        ['Chamber', 'Frames', 'Dice', 'Intersection over union'],
        rows,
      ),
    },
  ];
}

function measurementSections({ methods }: EchoEvaluationPage): PageSection[] {
  return methods.map(({ method, quantities, recommendation }) => ({
    heading: `Volumes and ejection fraction: ${methodTitles[method] ?? method}`,
    html: [
      figureTable(
        'Against the values of the export: medians with interquartile ranges; means with 95 % intervals',
        [
          'Quantity',
          'Instances',
          'Export',
          'Measured',
          'Absolute difference',
          'Relative difference (%)',
          'Median absolute deviation',
          'Mean absolute difference',
          'Bias',
          'Limits of agreement',
        ],
        quantities.map(quantityRow),
      ),
      recommendation === null
        ? ''
        : `<p class="note">By ejection fraction (normal from 60 %, abnormal below 40 %): accuracy of the recommendation ${figureText(recommendation.accuracy)}.</p>`,
      `<div class="charts">${quantities.map(blandAltman).join('')}${recommendation === null ? '' : recommended(recommendation)}</div>`,
    ].join(''),
  }));
}

type Quantity = EchoEvaluationPage['methods'][number]['quantities'][number];

function quantityRow(row: Quantity): string {
  const { title, unit } = quantityTitles[row.quantity];
  const cells = [
    String(row.count),
    rangeHtml(row.truth),
    rangeHtml(row.measured),
    rangeHtml(row.absolute),
    rangeHtml(scaled(row.relative, 100)),
    number(row.medianAbsoluteDeviation),
    intervalHtml(row.meanAbsoluteInterval),
    intervalHtml(row.biasInterval),
    Number.isNaN(row.lower) ? 'not defined' : `${number(row.lower)} to ${number(row.upper)}`,
  ];
  return `<tr><th scope="row">${escapeHtml(`${title} (${unit})`)}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function blandAltman(row: Quantity): string {
  const { title, unit } = quantityTitles[row.quantity];
  // Of one instance there are no limits to draw.
  if (Number.isNaN(row.lower)) return '';
  return blandAltmanChart({
    title,
    description: `Bias ${number(row.bias)} ${unit}, limits of agreement ${number(row.lower)} to ${number(row.upper)} ${unit}, ${row.count} instances.`,
    unit,
    points: row.pairs.map(({ truth, measured }) => ({
      mean: (truth + measured) / 2,
      difference: measured - truth,
    })),
    bias: row.bias,
    lower: row.lower,
    upper: row.upper,
  });
}

function recommended({
  classes,
  counts,
}: NonNullable<EchoEvaluationPage['methods'][number]['recommendation']>): string {
  return confusionChart({
    title: 'Recommendation',
    description: classes
      .map(
        (name, i) =>
          `${name}: ${counts[i]!.reduce((sum, count) => sum + count, 0)}, ${counts[i]![i]!} so measured`,
      )
      .join('; '),
    classes,
    counts,
    rowName: 'Export',
    columnName: 'Measured',
  });
}

/** One decimal; what rounds to zero has no sign. */
const number = (value: number): string =>
  Number.isFinite(value) ? (Math.round(10 * value) / 10 + 0).toFixed(1) : 'not defined';
const rangeHtml = ({ median, low, high }: MedianRange): string =>
  Number.isNaN(median) ? 'not defined' : `${number(median)} <small>${number(low)}-${number(high)}</small>`;
const scaled = ({ median, low, high }: MedianRange, by: number): MedianRange => ({
  median: median * by,
  low: low * by,
  high: high * by,
});
const intervalHtml = ({ value, low, high }: Figure): string =>
  `${number(value)}${Number.isNaN(low) ? '' : ` <small>${number(low)} to ${number(high)}</small>`}`;
