import { expect, it } from 'vitest';
import { bestEpoch, shouldStop } from '../../../shared/learning/early-stopping.ts';

it('stops when the metric has not risen for as long as it may wait', () => {
  expect(shouldStop([], 1)).toBe(false);
  expect(shouldStop([0.5, 0.7, 0.6], 2)).toBe(false);
  expect(shouldStop([0.5, 0.7, 0.6, 0.7], 2)).toBe(true);
});

it('takes the first of equals as best, and never a metric that is no number', () => {
  expect(bestEpoch([0.5, 0.7, 0.7])).toBe(1);
  expect(bestEpoch([Number.NaN, 0.2, Number.NaN])).toBe(1);
});
