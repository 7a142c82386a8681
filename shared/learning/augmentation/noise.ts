import type { Augmentation } from './augmentation.ts';

/** Adds white noise of this standard deviation, in the unit of the signal (DSAIL_SNU's noise). */
export function noise({ deviation }: { deviation: number }): Augmentation {
  return (signal, random) => {
    random.addNormal(signal.data, deviation);
    return signal;
  };
}
