import { describe, expect, it } from 'vitest';
import { selfCheck } from '../../../batch-jobs/self-check/self-check.ts';

describe('self-check', () => {
  it('finds the known logits on the engine of this machine', async () => {
    const { engine, difference } = await selfCheck({ gpuRequired: false });
    expect(engine).not.toBe('tfjs-cpu');
    expect(difference).toBeLessThanOrEqual(1e-3);
  });

  it('refuses to compute on the processor where a GPU is demanded', async () => {
    const checked = selfCheck({ gpuRequired: true });
    // On a machine with tfjs-node-gpu and a working GPU the demand is met.
    await checked.then(
      ({ gpu }) => expect(gpu).toMatch(/MiB/),
      (error: Error) => expect(error.message).toContain('computes on the processor'),
    );
  });
});
