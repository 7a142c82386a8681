import { expect, it } from 'vitest';
import { auprc } from '../../../../shared/learning/metrics/auprc.ts';
import { auroc } from '../../../../shared/learning/metrics/auroc.ts';
import { precisionRecallCurve } from '../../../../shared/learning/metrics/precision-recall-curve.ts';
import { ranked, timesDrawn } from '../../../../shared/learning/metrics/ranked.ts';
import { rocCurve } from '../../../../shared/learning/metrics/roc-curve.ts';
import { Random } from '../../../../shared/random.ts';
import { seeds } from '../../../seeds.ts';

/** Area below straight lines between points. */
const area = (points: readonly (readonly [number, number])[]) =>
  points.slice(1).reduce((sum, [x, y], i) => sum + ((x - points[i]![0]) * (y + points[i]![1])) / 2, 0);

it.each(seeds)('have the areas that the metrics say, ties and all (seed %i)', (seed) => {
  const random = new Random(seed);
  for (let round = 0; round < 50; round++) {
    const count = 2 + random.integer(60);
    const labels = Array.from({ length: count }, (_, i) => (i === 0 ? 1 : i === 1 ? 0 : random.integer(2)));
    const scores = labels.map((label) => (random.integer(8) + 2 * label) / 10);
    const roc = rocCurve(labels, scores);
    expect(roc[0]).toEqual([0, 0]);
    expect(roc.at(-1)).toEqual([1, 1]);
    expect(area(roc)).toBeCloseTo(auroc(labels, scores), 12);
    const pr = precisionRecallCurve(labels, scores);
    expect(area(pr)).toBeCloseTo(auprc(labels, scores), 12);
    expect(pr.at(-1)![0]).toBe(1);
  }
});

it('have no points where there is nothing to draw', () => {
  expect(rocCurve([1, 1], [0.1, 0.2])).toEqual([]);
  expect(rocCurve([0], [0.1])).toEqual([]);
  expect(precisionRecallCurve([0, 0], [0.1, 0.2])).toEqual([]);
});

it.each(seeds)('of drawn records are those of the metrics, bit for bit (seed %i)', (seed) => {
  const random = new Random(seed);
  for (let round = 0; round < 50; round++) {
    const count = 1 + random.integer(40);
    const labels = Array.from({ length: count }, () => random.integer(2));
    const scores = labels.map(() => random.integer(8) / 10);
    const areas = ranked(labels, scores);
    const indices = Int32Array.from({ length: count }, () => random.integer(count));
    const [drawnLabels, drawnScores] = [labels, scores].map((all) => Array.from(indices, (i) => all[i]!));
    expect(areas(timesDrawn(indices, count))).toEqual({
      auroc: auroc(drawnLabels!, drawnScores!),
      auprc: auprc(drawnLabels!, drawnScores!),
    });
  }
});
