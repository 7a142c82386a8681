import { describe, expect, it } from 'vitest';
import { challengeMetric } from '../../../shared/ecg/challenge-metric.ts';
import { call, chooseThresholds } from '../../../shared/learning/thresholds.ts';
import { hasReference, namedUniform, readReference, readReferenceText } from '../../reference.ts';

interface ThresholdsReference {
  classes: string[];
  records: number;
  thresholds: number[];
  challengeAtHalf: number;
}

describe.skipIf(!hasReference)('thresholds against DSAIL_SNU (needs ../shared/reference)', () => {
  it('are the ones that its search finds by the challenge metric', () => {
    const { classes, records, thresholds, challengeAtHalf } =
      readReference<ThresholdsReference>('training/thresholds.json');
    const [header, ...rows] = readReferenceText('challenge-metric/weights.csv')
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(','));
    const places = classes.map((code) => header!.indexOf(code));
    const rewards = places.map((row) => places.map((column) => Number(rows[row - 1]![column])));
    const count = classes.length * records;
    const [base, mix, label] = ['thr-scores', 'thr-mix', 'thr-labels'].map((name) =>
      namedUniform(name, count),
    );
    const labels = classes.map((_, c) =>
      Uint8Array.from({ length: records }, (_, r) => (label![r * classes.length + c]! > 0.9 ? 1 : 0)),
    );
    const scores = classes.map((_, c) =>
      Float64Array.from({ length: records }, (_, r) => {
        const i = r * classes.length + c;
        return Math.min(1, Math.max(0, 0.35 * base![i]! + 0.5 * labels[c]![r]! * mix![i]!));
      }),
    );
    const measure = (truth: readonly Uint8Array[], calls: readonly Uint8Array[]) =>
      challengeMetric(truth, calls, rewards, classes.indexOf('426783006'));
    expect(
      measure(
        labels,
        scores.map((values) => call(values, 0.5)),
      ),
    ).toBeCloseTo(challengeAtHalf, 9);
    expect(chooseThresholds(labels, scores, measure)).toEqual(thresholds);
  });
});

describe('chooseThresholds', () => {
  it('keeps 0.5 where nothing is strictly better', () => {
    expect(chooseThresholds([Uint8Array.of(0, 1)], [Float64Array.of(0.1, 0.9)], () => 1)).toEqual([0.5]);
  });
});
