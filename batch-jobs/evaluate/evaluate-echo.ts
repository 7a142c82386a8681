import type { Database } from '../../shared/catalog/database.ts';
import {
  type EchoEvaluationRows,
  evaluatedModel,
  type LabelledView,
  labelledViews,
  storeEchoEvaluation,
} from '../../shared/catalog/echo-evaluations.ts';
import type { Evaluation } from '../../shared/catalog/evaluations.ts';
import { viewGroups } from '../../shared/echo/views/views.ts';
import { SystoleError } from '../../shared/errors.ts';
import {
  draws,
  evaluateChambers,
  evaluateMeasurements,
  evaluateViews,
  viewMappings,
} from '../../shared/learning/echo-evaluation.ts';
import type { Interval } from '../../shared/learning/metrics/bootstrap.ts';
import { type EchoEvaluationPage, echoEvaluationPage } from '../../shared/reports/echo-evaluation-page.ts';
import { Objects } from '../../shared/storage/objects.ts';
import { drawGroundTruths } from './draw-ground-truths.ts';
import type { Evaluate } from './evaluated.ts';
import { judgeMasks } from './judge-masks.ts';
import { judgeMeasurements } from './judge-measurements.ts';

/** Any constant: the same instances give the same intervals. */
const seed = 20_190_812;

const noRows: EchoEvaluationRows = {
  classifications: [],
  confusions: [],
  segmentations: [],
  measurements: [],
  figures: [],
};
type FigureRow = EchoEvaluationRows['figures'][number];

/** What the page shows of a model, the rows behind it, and which instances and studies they are of. */
interface Answers {
  readonly shown: Pick<EchoEvaluationPage, 'views' | 'chambers' | 'methods' | 'leftOut'>;
  readonly rows: EchoEvaluationRows;
  readonly judged: readonly { readonly instance: number; readonly study: number }[];
}

/**
 * Evaluates a model of echocardiograms against an Xcelera export: a view net by the instances whose views the export
 * tells, a segmentation net by the export's contours and volumes. The masks of the contours are drawn before.
 */
export const evaluateEcho: Evaluate = async (database, evaluation, signal) => {
  const objects = new Objects();
  const { id, dataSet, modelName: name, modelVersion: version } = evaluation;
  const model = await evaluatedModel(database, evaluation);
  if (model === undefined) throw new SystoleError('labels_invalid', 'The model is in no registry.');
  const unusable = await drawGroundTruths(database, objects, dataSet, signal);
  const { chambers } = model;
  const { shown, rows, judged } =
    chambers === null
      ? await viewAnswers(database, evaluation)
      : await chamberAnswers(database, objects, evaluation, chambers, signal);
  await storeEchoEvaluation(database, id, rows);
  const instances = new Set(judged.map(({ instance }) => instance)).size;
  const contours = ['Contours of the export that are none', unusable] as const;
  return {
    recordings: instances,
    page: echoEvaluationPage({
      evaluationId: id,
      dataSet,
      model: { name, version },
      instances,
      studies: new Set(judged.map(({ study }) => study)).size,
      draws,
      ...shown,
      leftOut: [...shown.leftOut, ...(unusable === 0 || chambers === null ? [] : [contours])],
    }),
  };
};

async function viewAnswers(database: Database, evaluation: Evaluation): Promise<Answers> {
  const judged: LabelledView[] = [];
  for await (const page of labelledViews(database, evaluation)) judged.push(...page);
  const none = { views: null, chambers: [], methods: [], leftOut: [] };
  if (judged.length === 0) return { shown: none, rows: noRows, judged };
  const views = evaluateViews(judged, { seed });
  const rows = {
    ...noRows,
    classifications: viewMappings.flatMap((mapping) =>
      viewGroups.map((view, i) => ({ mapping, view, ...views[mapping].fractions[i]! })),
    ),
    confusions: viewMappings.flatMap((mapping) =>
      viewGroups.flatMap((truth, i) =>
        viewGroups.map((predicted, j) => ({
          mapping,
          truth,
          predicted,
          instances: views[mapping].counts[i]![j]!,
        })),
      ),
    ),
    figures: viewMappings.map((mapping) =>
      figure('classification', 'accuracy', mapping, views[mapping].accuracy),
    ),
  };
  return { shown: { ...none, views }, rows, judged };
}

async function chamberAnswers(
  database: Database,
  objects: Objects,
  evaluation: Evaluation,
  chambers: Readonly<Record<'lv' | 'la', number>>,
  signal: AbortSignal,
): Promise<Answers> {
  const masks = await judgeMasks(database, objects, evaluation, chambers, signal);
  const overlaps = evaluateChambers(
    masks.rows.map((row) => ({ ...row, study: row.studyidk })),
    { seed },
  );
  const measured = await judgeMeasurements(database, evaluation, signal);
  const methods = [...measured.byMethod].sort().map(([method, pairs]) => {
    const agreement = evaluateMeasurements(pairs, { seed });
    return {
      method,
      ...agreement,
      quantities: agreement.quantities.map((one) => ({
        ...one,
        pairs: pairs.filter(({ quantity }) => quantity === one.quantity),
      })),
    };
  });
  const leftOut = [
    ['Contours on frames that were not segmented', masks.withoutFrame],
    ['Instances with volumes in the export that could not be measured', measured.unmeasured],
  ] as const;
  return {
    shown: { views: null, chambers: overlaps, methods, leftOut: leftOut.filter(([, count]) => count > 0) },
    rows: {
      ...noRows,
      segmentations: masks.rows,
      measurements: measured.rows,
      figures: [
        ...overlaps.flatMap(({ chamber, frames, dice, iou }) => [
          figure('segmentation', 'frames', chamber, plain(frames)),
          figure('segmentation', 'dice', chamber, dice),
          figure('segmentation', 'iou', chamber, iou),
        ]),
        ...methods.flatMap(measurementFigures),
      ],
    },
    judged: [...masks.rows, ...measured.rows].map(({ instanceidk, studyidk }) => ({
      instance: instanceidk,
      study: studyidk,
    })),
  };
}

function measurementFigures({
  method,
  quantities,
  recommendation,
}: EchoEvaluationPage['methods'][number]): FigureRow[] {
  return [
    ...quantities.flatMap((one) => [
      figure(method, 'instances', one.quantity, plain(one.count)),
      figure(method, 'mean_absolute_difference', one.quantity, one.meanAbsoluteInterval),
      figure(method, 'bias', one.quantity, one.biasInterval),
      // The limits of agreement stand where an interval would.
      figure(method, 'limits_of_agreement', one.quantity, {
        value: one.bias,
        low: one.lower,
        high: one.upper,
      }),
      ...(['truth', 'measured', 'absolute', 'relative'] as const).map((name) =>
        figure(method, `median_iqr_${name}`, one.quantity, { ...one[name], value: one[name].median }),
      ),
      figure(method, 'median_absolute_deviation', one.quantity, plain(one.medianAbsoluteDeviation)),
    ]),
    ...(recommendation === null
      ? []
      : [figure(method, 'accuracy', 'recommendation', recommendation.accuracy)]),
  ];
}

const plain = (value: number): Interval => ({ value, low: Number.NaN, high: Number.NaN });

const figure = (
  subject: string,
  metric: string,
  label: string | null,
  { value, low, high }: Interval,
): FigureRow => ({ subject, metric, label, value: defined(value), low: defined(low), high: defined(high) });

/** What is not a number is null in the database. */
const defined = (value: number): number | null => (Number.isFinite(value) ? value : null);
