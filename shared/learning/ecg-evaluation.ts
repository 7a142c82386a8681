import type { ChallengeOutput } from '../ecg/formats/challenge-output.ts';
import { canonicalDiagnosis, challengeClasses } from '../ecg/labels.ts';
import { SystoleError } from '../errors.ts';
import {
  type ChallengeAnswer,
  type ChallengeEvaluation,
  type ChallengeFigure,
  challengeIntervals,
  evaluateChallenge,
} from './challenge-evaluation.ts';
import { bootstrapClasses, type Figures } from './evaluation.ts';
import { bareClass, isTrue, means } from './label-table.ts';
import type { Interval } from './metrics/bootstrap.ts';
import { precisionRecallCurve } from './metrics/precision-recall-curve.ts';
import { rocCurve } from './metrics/roc-curve.ts';

/** One recording: what is true of it and what a model said. */
export interface EvaluatedEcg {
  /** Folder of the source database within the data set. */
  readonly source: string;
  /** Labels that are true, as written: classes, codes, CPSC words. */
  readonly present: readonly string[];
  readonly predictions: readonly {
    readonly label: string;
    readonly probability: number;
    readonly threshold: number;
    readonly positive: boolean;
  }[];
}

/** The figures of some recordings: all of them, or those of one source. */
export interface EcgFigures {
  readonly recordings: number;
  readonly macro: Figures<Interval>;
  readonly classes: readonly (Figures<Interval> & {
    readonly name: string;
    readonly positives: number;
    readonly threshold: number;
  })[];
  /** Null for a model whose classes are none of the 2020 challenge's. */
  readonly challenge: {
    readonly overall: Readonly<Record<ChallengeFigure, Interval>>;
    readonly perClass: Pick<
      ChallengeEvaluation,
      'classes' | 'aurocPerClass' | 'auprcPerClass' | 'fMeasurePerClass'
    >;
  } | null;
}

export interface EcgEvaluation extends EcgFigures {
  /** Draws behind the intervals. */
  readonly draws: number;
  /** Classes of the model of which the labels say nothing. */
  readonly unknown: readonly string[];
  /** By source database, where there is more than one. */
  readonly sources: readonly (EcgFigures & { readonly source: string })[];
  readonly curves: readonly {
    readonly name: string;
    readonly roc: readonly (readonly [number, number])[];
    readonly precisionRecall: readonly (readonly [number, number])[];
  }[];
  /** counts[i][j]: recordings that have class i and are called class j, in the order of `classes`. */
  readonly confusion: readonly (readonly number[])[];
}

/** Folders are no source databases when there are more of them. */
const mostSources = 12;

/** Recordings times draws, so that the intervals of a large set take a minute and not an hour. */
const drawnRecordings = 10_000_000;

/**
 * Holds a model's answers against the labels: sensitivity, specificity, PPV, F1, AUROC and AUPRC of each class and in the
 * mean over classes, with 95 % bootstrap intervals over recordings; the six figures of the 2020 challenge where the
 * model's classes are among its own; the same by source database. A figure that is not defined on the recordings (a class
 * without positive ones) is NaN.
 *
 * @param classes those that the labels tell of every recording; null where they list diagnoses, of which those that are
 * listed nowhere count as unknown and not as absent.
 * @throws SystoleError `labels_invalid` when there are no recordings, or the labels name none of the model's classes.
 */
export function evaluateEcgs(
  recordings: readonly EvaluatedEcg[],
  classes: readonly string[] | null,
  { seed }: { readonly seed: number },
): EcgEvaluation {
  const said = recordings[0]?.predictions;
  if (said === undefined) throw new SystoleError('labels_invalid', 'There are no recordings to evaluate.');
  const known = classes ?? [...new Set(recordings.flatMap(({ present }) => present))];
  const isKnown = ({ label }: { label: string }) => known.some((one) => means(one, bareClass(label)));
  const judged = said.filter(isKnown);
  if (judged.length === 0)
    throw new SystoleError('labels_invalid', "The labels name none of the model's classes.");
  const draws = Math.max(100, Math.min(1000, Math.floor(drawnRecordings / recordings.length)));

  const sets = recordings.map((recording) => setOf(recording, judged));
  const all = figuresOf(sets, judged, { seed, draws });
  const sources = [...new Set(recordings.map(({ source }) => source))].sort();
  const labels = judged.map((_, c) => Uint8Array.from(sets, ({ truth }) => truth[c]!));
  const scores = judged.map((_, c) => Float64Array.from(sets, ({ probability }) => probability[c]!));
  return {
    ...all,
    draws,
    unknown: said.filter((one) => !isKnown(one)).map(({ label }) => label),
    sources:
      sources.length < 2 || sources.length > mostSources
        ? []
        : sources.map((source) => ({
            source,
            ...figuresOf(
              sets.filter((_, r) => recordings[r]!.source === source),
              judged,
              { seed, draws },
            ),
          })),
    curves: judged.map(({ label }, c) => ({
      name: label,
      roc: rocCurve(labels[c]!, scores[c]!),
      precisionRecall: precisionRecallCurve(labels[c]!, scores[c]!),
    })),
    confusion: judged.map((_, i) =>
      judged.map((_, j) => sets.filter(({ truth, called }) => truth[i] === 1 && called[j] === 1).length),
    ),
  };
}

/** One recording in the order of the classes that are judged. */
interface Judged {
  readonly truth: readonly number[];
  readonly called: readonly number[];
  readonly probability: readonly number[];
  readonly answer: ChallengeAnswer;
}

function setOf({ present, predictions }: EvaluatedEcg, judged: readonly { label: string }[]): Judged {
  const byLabel = new Map(predictions.map((one) => [one.label, one]));
  const output: ChallengeOutput = {
    classes: predictions.map(({ label }) => label),
    calls: Uint8Array.from(predictions, ({ positive }) => Number(positive)),
    scores: Float64Array.from(predictions, ({ probability }) => probability),
  };
  return {
    truth: judged.map(({ label }) => Number(isTrue(present, label))),
    called: judged.map(({ label }) => Number(byLabel.get(label)?.positive ?? false)),
    probability: judged.map(({ label }) => byLabel.get(label)?.probability ?? 0),
    answer: { diagnoses: present, output },
  };
}

function figuresOf(
  sets: readonly Judged[],
  judged: readonly { readonly label: string; readonly threshold: number }[],
  { seed, draws }: { readonly seed: number; readonly draws: number },
): EcgFigures {
  const labels = judged.map((_, c) => Uint8Array.from(sets, ({ truth }) => truth[c]!));
  const scores = judged.map((_, c) => Float32Array.from(sets, ({ probability }) => probability[c]!));
  const { perClass, macro } = bootstrapClasses(
    labels,
    scores,
    // As the scores are, so that one on its threshold stays there.
    judged.map(({ threshold }) => Math.fround(threshold)),
    { seed, samples: draws },
  );
  const answers = sets.map(({ answer }) => answer);
  const ofChallenge = judged.some(({ label }) => challengeClasses.includes(canonicalDiagnosis(label)));
  return {
    recordings: sets.length,
    macro,
    classes: judged.map(({ label, threshold }, c) => ({
      name: label,
      positives: labels[c]!.reduce((sum, one) => sum + one, 0),
      threshold,
      ...perClass[c]!,
    })),
    challenge: ofChallenge
      ? {
          overall: challengeIntervals(answers, { seed, samples: draws }),
          perClass: evaluateChallenge(answers),
        }
      : null,
  };
}
