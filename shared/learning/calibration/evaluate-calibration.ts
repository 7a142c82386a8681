import { bootstrap, type Interval } from '../metrics/bootstrap.ts';
import { brierScore } from '../metrics/brier-score.ts';
import { expectedCalibrationError } from '../metrics/expected-calibration-error.ts';
import { type ReliabilityBin, reliabilityBins } from '../metrics/reliability-bins.ts';

/** How honest the probabilities of one class are, with 95 % bootstrap intervals. */
export interface Reliability {
  readonly calibrationError: Interval;
  readonly brier: Interval;
  readonly bins: readonly ReliabilityBin[];
}

/** Figures of a calibration; those beside `classes` are means over the classes. */
export interface CalibrationEvaluation {
  readonly calibrationError: { readonly before: Interval; readonly after: Interval };
  readonly brier: { readonly before: Interval; readonly after: Interval };
  readonly classes: readonly {
    readonly name: string;
    readonly before: Reliability;
    readonly after: Reliability;
  }[];
}

/**
 * Measures probabilities before and after their calibration, on the same bootstrap draws of recordings.
 * @param labels 0 or 1, [class][recording].
 * @param before probabilities of the net, laid out alike.
 * @param after those that were calibrated without looking at the recording itself.
 */
export function evaluateCalibration(
  classes: readonly string[],
  labels: readonly Uint8Array[],
  before: readonly Float32Array[],
  after: readonly Float32Array[],
  { seed, samples = 1000 }: { seed: number; samples?: number },
): CalibrationEvaluation {
  const moments = { before, after };
  const intervals = bootstrap<string>(
    labels[0]!.length,
    (indices) => {
      const all: Record<string, number> = {};
      for (const [moment, scores] of Object.entries(moments)) {
        const errors: number[] = [];
        const briers: number[] = [];
        labels.forEach((truth, c) => {
          const drawn = Array.from(indices, (index) => truth[index]!);
          const probabilities = Array.from(indices, (index) => scores[c]![index]!);
          errors.push(expectedCalibrationError(drawn, probabilities));
          briers.push(brierScore(drawn, probabilities));
          all[`${moment} ${c} error`] = errors.at(-1)!;
          all[`${moment} ${c} brier`] = briers.at(-1)!;
        });
        all[`${moment} error`] = mean(errors);
        all[`${moment} brier`] = mean(briers);
      }
      return all;
    },
    { seed, samples },
  );
  const both = (figure: string) => ({
    before: intervals[`before ${figure}`]!,
    after: intervals[`after ${figure}`]!,
  });
  const reliability = (moment: 'before' | 'after', c: number): Reliability => ({
    calibrationError: intervals[`${moment} ${c} error`]!,
    brier: intervals[`${moment} ${c} brier`]!,
    bins: reliabilityBins(labels[c]!, moments[moment][c]!),
  });
  return {
    calibrationError: both('error'),
    brier: both('brier'),
    classes: classes.map((name, c) => ({
      name,
      before: reliability('before', c),
      after: reliability('after', c),
    })),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
