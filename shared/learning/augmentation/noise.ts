import type { Augmentation } from './augmentation.ts';

/** Adds white noise of this standard deviation, in the unit of the signal (DSAIL_SNU's noise). */
export function noise({ deviation }: { deviation: number }): Augmentation {
  return (signal, random) => {
    for (let i = 0; i < signal.data.length; i++) signal.data[i]! += deviation * random.normal();
    return signal;
  };
}
