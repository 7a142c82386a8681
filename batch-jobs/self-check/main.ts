import { report } from '../job.ts';
import { selfCheck } from './self-check.ts';

/** Runs in the GPU container before every job (batch-jobs/image/check-then-run.sh). */
try {
  const { engine, gpu, difference } = await selfCheck({
    gpuRequired: process.env.SYSTOLE_GPU === 'required',
  });
  report('self-check', { engine, gpu: gpu ?? 'none', difference });
} catch (error) {
  report('self-check-failed', { error: (error as Error).message });
  process.exitCode = 1;
}
