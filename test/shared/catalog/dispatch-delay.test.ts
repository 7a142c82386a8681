import { expect, it } from 'vitest';
import { dispatchDelay, enoughForBatch, waitForOthers } from '../../../shared/catalog/dispatch-delay.ts';

it('calls the dispatcher soon for a first cine, later for what others wait with, at once for a pack', () => {
  const first = dispatchDelay(1, 1, false);
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(5);
  expect(dispatchDelay(3, 1, false)).toBe(waitForOthers);
  expect(dispatchDelay(1, 1, true)).toBe(waitForOthers);
  expect(dispatchDelay(enoughForBatch, 1, true)).toBe(0);
});
