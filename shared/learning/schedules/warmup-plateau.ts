import type { Schedule } from './schedule.ts';

/** A loss must fall below the best by this share of it to count as better, as in PyTorch's ReduceLROnPlateau. */
const threshold = 1e-4;

/**
 * Linear warm-up over the first tenth of the epochs, then the rate is multiplied by `factor` whenever the
 * validation loss has not improved for more than `patience` epochs (DSAIL_SNU: 0.2 and 2).
 */
export function warmupPlateau({
  epochs,
  warmup = 0.1,
  factor = 0.2,
  patience = 2,
}: {
  epochs: number;
  warmup?: number;
  factor?: number;
  patience?: number;
}): Schedule {
  const rising = Math.floor(epochs * warmup);
  return (epoch, validationLosses) => {
    if (epoch < rising) return (epoch + 1) / rising;
    let rate = 1;
    let best = Number.POSITIVE_INFINITY;
    let waited = 0;
    for (const loss of validationLosses.slice(rising, epoch)) {
      if (loss < best * (1 - threshold)) {
        best = loss;
        waited = 0;
      } else waited++;
      if (waited > patience) {
        rate *= factor;
        waited = 0;
      }
    }
    return rate;
  };
}
