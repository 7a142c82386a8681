import type { Schedule } from './schedule.ts';

/**
 * Linear warm-up over the first tenth of the epochs (DSAIL_SNU), then half a cosine down to 0 at the last
 * (Loshchilov and Hutter 2017, without restarts).
 */
export function warmupCosine({ epochs, warmup = 0.1 }: { epochs: number; warmup?: number }): Schedule {
  const rising = Math.floor(epochs * warmup);
  return (epoch) =>
    epoch < rising
      ? (epoch + 1) / rising
      : 0.5 * (1 + Math.cos((Math.PI * (epoch + 1 - rising)) / (epochs - rising)));
}
