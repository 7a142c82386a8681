import { expect, it } from 'vitest';
import { predictionsOf } from '../../../shared/scoring/predictions.ts';

it('calls a class above its threshold, and not at it', () => {
  const card = { classes: ['A', 'B', 'C'], thresholds: [0.5, 0.25, 0.75] };
  expect(predictionsOf(card, new Float32Array([0.75, 0.25, 0.5]))).toEqual([
    { label: 'A', probability: 0.75, threshold: 0.5, positive: true },
    { label: 'B', probability: 0.25, threshold: 0.25, positive: false },
    { label: 'C', probability: 0.5, threshold: 0.75, positive: false },
  ]);
});
