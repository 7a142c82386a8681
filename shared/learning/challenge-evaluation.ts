import { challengeMetricOf } from '../ecg/challenge-metric.ts';
import { challengeRewards } from '../ecg/challenge-rewards.ts';
import type { ChallengeOutput } from '../ecg/formats/challenge-output.ts';
import { canonicalDiagnosis, challengeClasses, challengeLabels, normalClass } from '../ecg/labels.ts';
import { SystoleError } from '../errors.ts';
import { bootstrap, type Interval } from './metrics/bootstrap.ts';
import { ranked, timesDrawn } from './metrics/ranked.ts';

/** One recording: what is true of it and what a classifier said. */
export interface ChallengeAnswer {
  /** As its header gives them: codes, CPSC words. */
  readonly diagnoses: readonly string[];
  readonly output: ChallengeOutput;
}

/** The six figures of the 2020 challenge. NaN, where a class decides alone, is left out of a mean over classes. */
export interface ChallengeEvaluation {
  readonly classes: readonly string[];
  readonly auroc: number;
  readonly auprc: number;
  /** Share of the recordings with every class right. */
  readonly accuracy: number;
  readonly fMeasure: number;
  readonly fBeta2: number;
  readonly gBeta2: number;
  readonly challengeMetric: number;
  /** In the order of `classes`; NaN for a class without positive recordings (AUROC: or without negative ones). */
  readonly aurocPerClass: Float64Array;
  readonly auprcPerClass: Float64Array;
  /** NaN for a class that is neither true nor called anywhere. */
  readonly fMeasurePerClass: Float64Array;
}

/** The overall figures by name. */
export const challengeFigures = [
  'auroc',
  'auprc',
  'accuracy',
  'fMeasure',
  'fBeta2',
  'gBeta2',
  'challengeMetric',
] as const;
export type ChallengeFigure = (typeof challengeFigures)[number];

/**
 * Scores a classifier as the official scorer of the PhysioNet/Computing in Cardiology Challenge 2020 does: equivalent
 * classes are one (called when either is, with the mean of their scores), classes that an output leaves out are not
 * called and score 0, one without an answer (NaN) scores 0, classes that are not scored are ignored.
 *
 * @throws SystoleError `labels_invalid` when there is no recording.
 */
export function evaluateChallenge(answers: readonly ChallengeAnswer[]): ChallengeEvaluation {
  return evaluationOf(answers)(new Uint8Array(answers.length).fill(1));
}

/**
 * The overall figures with their 95 % bootstrap intervals over recordings.
 * @throws SystoleError `labels_invalid` when there is no recording.
 */
export function challengeIntervals(
  answers: readonly ChallengeAnswer[],
  options: { readonly seed: number; readonly samples: number },
): Record<ChallengeFigure, Interval> {
  const evaluation = evaluationOf(answers);
  return bootstrap(
    answers.length,
    (indices) => {
      const drawn = evaluation(timesDrawn(indices, answers.length));
      return Object.fromEntries(challengeFigures.map((name) => [name, drawn[name]])) as Record<
        ChallengeFigure,
        number
      >;
    },
    options,
  );
}

/** All figures for many draws of the recordings, told by how often each was drawn. */
function evaluationOf(
  answers: readonly ChallengeAnswer[],
): (times: ArrayLike<number>) => ChallengeEvaluation {
  if (answers.length === 0) throw new SystoleError('labels_invalid', 'There are no recordings to evaluate.');
  const { labels, calls, scores } = matrices(answers);
  const areas = labels.map((label, c) => ranked(label, scores[c]!));
  const metric = challengeMetricOf(labels, calls, challengeRewards, challengeClasses.indexOf(normalClass));
  const indices = Array.from(answers, (_, record) => record);
  const right = indices.map((record) =>
    Number(labels.every((label, c) => label[record] === calls[c]![record])),
  );
  // A recording counts once, however many labels it has.
  const shares = indices.map((record) => 1 / Math.max(1, sum(labels.map((label) => label[record]!))));
  return (times) => {
    const ones = Float64Array.from(indices, (record) => times[record]!);
    const shared = ones.map((count, record) => count * shares[record]!);
    const perClass = areas.map((of) => of(times));
    const fMeasurePerClass = Float64Array.from(labels, (label, c) =>
      fBeta(confusion(label, calls[c]!, ones), 1),
    );
    const aurocPerClass = Float64Array.from(perClass, ({ auroc }) => auroc);
    const auprcPerClass = Float64Array.from(perClass, ({ auprc }) => auprc);
    const counts = labels.map((label, c) => confusion(label, calls[c]!, shared));
    return {
      classes: challengeClasses,
      auroc: mean(aurocPerClass),
      auprc: mean(auprcPerClass),
      accuracy: sum(indices.map((record) => right[record]! * times[record]!)) / sum([...ones]),
      fMeasure: mean(fMeasurePerClass),
      fBeta2: mean(counts.map((k) => fBeta(k, 2))),
      gBeta2: mean(counts.map((k) => gBeta(k, 2))),
      challengeMetric: metric(times),
      aurocPerClass,
      auprcPerClass,
      fMeasurePerClass,
    };
  };
}

/** Labels, calls and scores in the challenge's own classes: [class][recording]. */
function matrices(answers: readonly ChallengeAnswer[]): {
  readonly labels: Uint8Array[];
  readonly calls: Uint8Array[];
  readonly scores: Float64Array[];
} {
  const count = challengeClasses.length;
  const labels = challengeClasses.map(() => new Uint8Array(answers.length));
  const calls = challengeClasses.map(() => new Uint8Array(answers.length));
  const scores = challengeClasses.map(() => new Float64Array(answers.length));
  for (const [record, { diagnoses, output }] of answers.entries()) {
    for (const [c, label] of challengeLabels(diagnoses).entries()) labels[c]![record] = label;
    const given = new Uint8Array(count);
    for (const [k, name] of output.classes.entries()) {
      const c = challengeClasses.indexOf(canonicalDiagnosis(name));
      if (c < 0) continue;
      calls[c]![record] = calls[c]![record]! | output.calls[k]!;
      if (Number.isNaN(output.scores[k]!)) continue;
      scores[c]![record]! += output.scores[k]!;
      given[c]!++;
    }
    for (let c = 0; c < count; c++) if (given[c]! > 1) scores[c]![record]! /= given[c]!;
  }
  return { labels, calls, scores };
}

interface Confusion {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
}

function confusion(label: Uint8Array, call: Uint8Array, weight: Float64Array): Confusion {
  let truePositive = 0;
  let falsePositive = 0;
  let falseNegative = 0;
  for (let record = 0; record < label.length; record++) {
    if (label[record] === 1 && call[record] === 1) truePositive += weight[record]!;
    else if (call[record] === 1) falsePositive += weight[record]!;
    else if (label[record] === 1) falseNegative += weight[record]!;
  }
  return { truePositive, falsePositive, falseNegative };
}

function fBeta({ truePositive, falsePositive, falseNegative }: Confusion, beta: number): number {
  const hits = (1 + beta ** 2) * truePositive;
  return hits / (hits + falsePositive + beta ** 2 * falseNegative);
}

function gBeta({ truePositive, falsePositive, falseNegative }: Confusion, beta: number): number {
  return truePositive / (truePositive + falsePositive + beta * falseNegative);
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/** Of the values that are defined. */
function mean(values: ArrayLike<number>): number {
  const defined = Array.from(values).filter((value) => !Number.isNaN(value));
  return sum(defined) / defined.length;
}
