import { describe, expect, it } from 'vitest';
import { constant } from '../../../../shared/learning/schedules/constant.ts';
import { warmupCosine } from '../../../../shared/learning/schedules/warmup-cosine.ts';
import { warmupPlateau } from '../../../../shared/learning/schedules/warmup-plateau.ts';
import { hasReference, readReference } from '../../../reference.ts';

interface SchedulesReference {
  schedules: {
    scheduler: 'warmup_cosine' | 'warmup_plateau';
    epochs: number;
    baseLearningRate: number;
    learningRatePerEpoch: number[];
    validationLoss?: number[];
  }[];
}

describe.skipIf(!hasReference)('schedules against the published code (needs ../shared/reference)', () => {
  it('warm-up, then cosine or plateau', () => {
    const { schedules } = readReference<SchedulesReference>('training/losses-schedules-optimizers.json');
    expect(schedules).toHaveLength(2);
    for (const {
      scheduler,
      epochs,
      baseLearningRate,
      learningRatePerEpoch,
      validationLoss = [],
    } of schedules) {
      const schedule = (scheduler === 'warmup_cosine' ? warmupCosine : warmupPlateau)({ epochs });
      learningRatePerEpoch.forEach((expected, epoch) => {
        const ours = baseLearningRate * schedule(epoch, validationLoss.slice(0, epoch));
        expect(Math.abs(ours - expected)).toBeLessThan(1e-6 * baseLearningRate);
      });
    }
  });
});

describe('constant', () => {
  it('is 1', () => expect(constant(17, [])).toBe(1));
});

describe('warmupPlateau', () => {
  it('never sees losses after its epoch', () => {
    const schedule = warmupPlateau({ epochs: 20 });
    expect(schedule(5, [1, 1, 1, 1, 1, 1, 1, 1, 1])).toBe(1);
    expect(schedule(6, [1, 1, 1, 1, 1, 1, 1, 1, 1])).toBeCloseTo(0.2);
  });
});
