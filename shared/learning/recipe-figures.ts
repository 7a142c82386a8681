import { challengeClasses } from '../ecg/labels.ts';
import { challengeScore } from './challenge-score.ts';
import { auroc } from './metrics/auroc.ts';
import { bootstrap, type Interval } from './metrics/bootstrap.ts';
import { decisions } from './metrics/decisions.ts';

/** Classes with fewer positive recordings say nothing. */
export const fewestPositives = 5;

/** What a set of recordings says of a recipe, each with its 95 % bootstrap interval over recordings. */
export interface RecipeFigures {
  readonly recordings: number;
  /** Means over the classes with enough positives (`fewestPositives`). */
  readonly auroc: Interval;
  readonly f1: Interval;
  /** The 2020 challenge's score over all classes; only where they are its classes. */
  readonly challenge?: Interval;
}

/** Recordings with what a recipe says of them, [class][recording]. */
export interface JudgedRecordings {
  /** 0 or 1. */
  readonly labels: readonly Uint8Array[];
  readonly probabilities: readonly Float32Array[];
  /** 0 or 1. */
  readonly calls: readonly Uint8Array[];
}

/**
 * Figures of several recipes on the same recordings, from the same draws: of each, of each less the first, and of each
 * the AUROC class by class, in their order, of the classes with enough positives.
 */
export function recipeFigures(
  classes: readonly string[],
  recipes: readonly JudgedRecordings[],
  seed: number,
): { figures: RecipeFigures[]; gains: RecipeFigures[]; classes: Interval[][] } {
  const { labels } = recipes[0]!;
  const recordings = labels[0]!.length;
  const isChallenge = classes.every((name) => challengeClasses.includes(name));
  const enough = classes.flatMap((_, c) =>
    labels[c]!.reduce((sum, label) => sum + label, 0) >= fewestPositives ? [c] : [],
  );
  const intervals = bootstrap<string>(
    recordings,
    (indices) => {
      const all: Record<string, number> = {};
      const drawn = <T extends Uint8Array | Float32Array>(values: T) =>
        Float32Array.from(indices, (index) => values[index]!);
      const truth = labels.map(drawn);
      recipes.forEach(({ probabilities, calls }, index) => {
        const perClass = enough.map((c) => auroc(truth[c]!, drawn(probabilities[c]!)));
        perClass.forEach((value, k) => {
          all[`${index} auroc ${k}`] = value;
        });
        all[`${index} auroc`] = definedMean(perClass);
        all[`${index} f1`] = definedMean(enough.map((c) => decisions(truth[c]!, drawn(calls[c]!), 0.5).f1));
        if (isChallenge)
          all[`${index} challenge`] = challengeScore(
            classes,
            truth.map((values) => Uint8Array.from(values)),
            calls.map((values) => Uint8Array.from(indices, (i) => values[i]!)),
          );
        for (const figure of ['auroc', 'f1', 'challenge'])
          if (index > 0) all[`${index} ${figure} gain`] = all[`${index} ${figure}`]! - all[`0 ${figure}`]!;
      });
      return all;
    },
    { seed },
  );
  const collect = (index: number, suffix: string): RecipeFigures => ({
    recordings,
    auroc: intervals[`${index} auroc${suffix}`]!,
    f1: intervals[`${index} f1${suffix}`]!,
    ...(isChallenge ? { challenge: intervals[`${index} challenge${suffix}`]! } : {}),
  });
  return {
    figures: recipes.map((_, index) => collect(index, '')),
    gains: recipes.map((_, index) => collect(index, index === 0 ? '' : ' gain')),
    classes: recipes.map((_, index) => enough.map((__, k) => intervals[`${index} auroc ${k}`]!)),
  };
}

function definedMean(values: readonly number[]): number {
  const defined = values.filter((value) => !Number.isNaN(value));
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
