export type QtFormula = 'bazett' | 'fridericia' | 'framingham' | 'hodges';

/** @param qt @param rr milliseconds. @returns milliseconds. */
type Correction = (qt: number, rr: number) => number;

/**
 * The QT interval at 60 beats a minute, by the four formulas of the AHA/ACCF/HRS recommendations (Rautaharju et al.,
 * Circulation 119:e241, 2009): Bazett 1920, Fridericia 1920, Framingham (Sagie et al. 1992), Hodges et al. 1983.
 */
export const correctedQt: Readonly<Record<QtFormula, Correction>> = {
  bazett: (qt, rr) => qt / Math.sqrt(rr / 1000),
  fridericia: (qt, rr) => qt / Math.cbrt(rr / 1000),
  framingham: (qt, rr) => qt + 154 * (1 - rr / 1000),
  hodges: (qt, rr) => qt + 1.75 * (60_000 / rr - 60),
};
