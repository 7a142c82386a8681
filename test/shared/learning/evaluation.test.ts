import { expect, it } from 'vitest';
import { evaluate } from '../../../shared/learning/evaluation.ts';
import { Random } from '../../../shared/random.ts';

it('gives every figure with an interval around it, undefined ones as NaN', () => {
  const random = new Random(1);
  const labels = [0.4, 0.2].map((rate) =>
    Uint8Array.from({ length: 120 }, () => (random.uniform() < rate ? 1 : 0)),
  );
  const scores = labels.map((truth) =>
    Float32Array.from(truth, (label) => 0.4 * label + 0.6 * random.uniform()),
  );
  labels.push(new Uint8Array(120));
  scores.push(new Float32Array(120));
  const evaluation = evaluate(['A', 'B', 'C'], labels, scores, [0.5, 0.5, 0.5], { seed: 1, samples: 200 });
  expect(evaluation.recordings).toBe(120);
  const [a, b, c] = evaluation.classes;
  for (const one of [a!, b!]) {
    for (const figure of [one.auroc, one.auprc, one.sensitivity, one.specificity, one.ppv, one.f1]) {
      expect(figure.low).toBeLessThan(figure.value);
      expect(figure.high).toBeGreaterThan(figure.value);
    }
  }
  expect(c!.auroc.value).toBeNaN();
  expect(c!.specificity.value).toBe(1);
  expect(evaluation.macroAuroc.value).toBeCloseTo((a!.auroc.value + b!.auroc.value) / 2, 10);
});
