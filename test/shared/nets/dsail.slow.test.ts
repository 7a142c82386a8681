import { describe, expect, it } from 'vitest';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { hasReference } from '../../reference.ts';
import { dsailFiles, logitsError, stepErrors } from './dsail-reference.ts';

/** tf.js's own JavaScript, without our recording: what is wrong in both is wrong in the net. */
describe.skipIf(!hasReference)('DSAIL_SNU on tfjs-cpu (needs ../shared/reference)', async () => {
  const engine = await openEngine({ prefer: 'tfjs-cpu' });

  it.each(dsailFiles)('%s gives the published logits', async (file) => {
    expect(await logitsError(engine, file)).toBeLessThan(1e-4);
  });

  it.each(['seresnet-basic', 'resnest-bottleneck'])(
    '%s has the published loss and gradients in a training step',
    async (file) => {
      const { loss, logits, gradients } = await stepErrors(engine, file);
      expect(loss).toBeLessThan(1e-4);
      expect(logits).toBeLessThan(1e-4);
      expect([...gradients].filter(([, error]) => !(error < 1e-3))).toEqual([]);
    },
  );
});

describe.skipIf(!hasReference)('DSAIL_SNU at its published width (needs ../shared/reference)', async () => {
  const engine = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });

  it('has the published loss and gradients in a training step', async () => {
    const { loss, logits, gradients } = await stepErrors(engine, 'resnet-basic');
    expect(loss).toBeLessThan(1e-4);
    expect(logits).toBeLessThan(1e-4);
    expect([...gradients].filter(([, error]) => !(error < 1e-3))).toEqual([]);
  });
});
