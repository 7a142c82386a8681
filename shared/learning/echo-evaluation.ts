import { type Agreement, agreement } from '../echo/evaluation/agreement.ts';
import { type ClassFractions, classFractions } from '../echo/evaluation/class-fractions.ts';
import { confusionCounts } from '../echo/evaluation/confusion-counts.ts';
import { type Recommendation, recommendation } from '../echo/measurement/recommendation.ts';
import { type ViewGroup, viewGroups } from '../echo/views/views.ts';
import { bootstrap, type Interval } from './metrics/bootstrap.ts';

/** Draws behind the intervals. */
export const draws = 1000;

/** The published mappings of 23 views to the ones that are told apart. */
export const viewMappings = ['dev', 'seg'] as const;
export type ViewMapping = (typeof viewMappings)[number];

/** Instances of one study are of one patient: they are drawn together. */
interface OfStudy {
  readonly study: number;
}

/** An instance whose view is known, and what a model said of it by both mappings. */
export interface JudgedView extends OfStudy, Readonly<Record<ViewMapping, ViewGroup>> {
  readonly truth: ViewGroup;
}

export interface ViewAgreement {
  /** counts[true view][view that was said], in the order of `viewGroups`. */
  readonly counts: readonly (readonly number[])[];
  /** One for each of `viewGroups`. */
  readonly fractions: readonly ClassFractions[];
  readonly accuracy: Interval;
}

/** How far a model's views agree with the labels, by each mapping. */
export function evaluateViews(
  instances: readonly JudgedView[],
  { seed }: { readonly seed: number },
): Record<ViewMapping, ViewAgreement> {
  const of = (mapping: ViewMapping): ViewAgreement => {
    const pairs = instances.map((one) => ({ ...one, predicted: one[mapping] }));
    const counts = confusionCounts(pairs, viewGroups);
    const accuracy = (some: readonly (typeof pairs)[number][]) =>
      share(some, ({ truth, predicted }) => truth === predicted);
    return {
      counts,
      fractions: classFractions(counts),
      ...byStudy(pairs, (drawn) => ({ accuracy: accuracy(drawn) }), seed),
    };
  };
  return { dev: of('dev'), seg: of('seg') };
}

export type EvaluatedChamber = 'lv' | 'la';

/** A chamber in one frame: how far the net's mask and that of the contour cover each other. */
export interface JudgedMask extends OfStudy {
  readonly chamber: EvaluatedChamber;
  readonly dice: number;
  readonly iou: number;
}

export interface ChamberAgreement {
  readonly chamber: EvaluatedChamber;
  readonly frames: number;
  /** Means over frames. */
  readonly dice: Interval;
  readonly iou: Interval;
}

/** Dice and intersection over union of each chamber that there are contours of. */
export function evaluateChambers(
  masks: readonly JudgedMask[],
  { seed }: { readonly seed: number },
): ChamberAgreement[] {
  return (['lv', 'la'] as const).flatMap((chamber) => {
    const own = masks.filter((mask) => mask.chamber === chamber);
    if (own.length === 0) return [];
    const figures = byStudy(
      own,
      (drawn) => ({ dice: mean(drawn.map(({ dice }) => dice)), iou: mean(drawn.map(({ iou }) => iou)) }),
      seed,
    );
    return [{ chamber, frames: own.length, ...figures }];
  });
}

/** Volumes (mL) and ejection fraction (percent). */
export const evaluatedQuantities = ['EDV', 'ESV', 'EF'] as const;
export type EvaluatedQuantity = (typeof evaluatedQuantities)[number];

/** One quantity of one instance. */
export interface JudgedMeasurement extends OfStudy {
  readonly quantity: EvaluatedQuantity;
  readonly truth: number;
  readonly measured: number;
}

export interface QuantityAgreement extends Agreement {
  readonly quantity: EvaluatedQuantity;
  readonly meanAbsoluteInterval: Interval;
  readonly biasInterval: Interval;
}

const recommendations: readonly Recommendation[] = ['normal', 'greyzone', 'abnormal'];

export interface MeasurementAgreement {
  readonly quantities: readonly QuantityAgreement[];
  /** What the ejection fractions recommend; null where there are none. */
  readonly recommendation: {
    readonly classes: readonly Recommendation[];
    readonly counts: readonly (readonly number[])[];
    readonly accuracy: Interval;
  } | null;
}

/** How far one method's volumes and ejection fractions agree with those of the export. */
export function evaluateMeasurements(
  measurements: readonly JudgedMeasurement[],
  { seed }: { readonly seed: number },
): MeasurementAgreement {
  const of = (quantity: EvaluatedQuantity) => measurements.filter((one) => one.quantity === quantity);
  const quantities = evaluatedQuantities.flatMap((quantity) => {
    const own = of(quantity);
    if (own.length === 0) return [];
    const figures = byStudy(
      own,
      (drawn) => ({
        meanAbsoluteInterval: mean(drawn.map(({ truth, measured }) => Math.abs(measured - truth))),
        biasInterval: mean(drawn.map(({ truth, measured }) => measured - truth)),
      }),
      seed,
    );
    return [{ quantity, ...agreement(own), ...figures }];
  });
  const fractions = of('EF').map(({ study, truth, measured }) => ({
    study,
    truth: recommendation(truth),
    predicted: recommendation(measured),
  }));
  if (fractions.length === 0) return { quantities, recommendation: null };
  const right = (some: typeof fractions) => share(some, ({ truth, predicted }) => truth === predicted);
  return {
    quantities,
    recommendation: {
      classes: recommendations,
      counts: confusionCounts(fractions, recommendations),
      ...byStudy(fractions, (drawn) => ({ accuracy: right(drawn) }), seed),
    },
  };
}

/** Statistics with 95 % intervals of a bootstrap that draws whole studies. Of one study there is no interval. */
function byStudy<Judged extends OfStudy, Name extends string>(
  all: readonly Judged[],
  statistics: (drawn: Judged[]) => Record<Name, number>,
  seed: number,
): Record<Name, Interval> {
  const studies = new Map<number, Judged[]>();
  for (const one of all) studies.set(one.study, [...(studies.get(one.study) ?? []), one]);
  const groups = [...studies.values()];
  return bootstrap<Name>(
    groups.length,
    (indices) => statistics(Array.from(indices).flatMap((index) => groups[index]!)),
    { seed, samples: groups.length > 1 ? draws : 0 },
  );
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const share = <T>(all: readonly T[], is: (one: T) => boolean): number => all.filter(is).length / all.length;
