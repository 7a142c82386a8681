import type { Vector } from './waves.ts';

/** Leads that are recorded; the other four follow from I and II. */
export const recordedLeads = ['I', 'II', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'] as const;

/**
 * What each lead sees of a dipole in Frank's axes, millivolts a millivolt: Dower, G. E., Machado, H. B. and Osborne,
 * J. A. (1980), On deriving the electrocardiogram from vectorcardiographic leads, Clin. Cardiol. 3:87.
 */
export const leadVectors: Readonly<Record<(typeof recordedLeads)[number], Vector>> = {
  I: [0.632, -0.235, 0.059],
  II: [0.235, 1.066, -0.132],
  V1: [-0.515, 0.157, -0.917],
  V2: [0.044, 0.164, -1.387],
  V3: [0.882, 0.098, -1.277],
  V4: [1.213, 0.127, -0.601],
  V5: [1.125, 0.127, -0.086],
  V6: [0.831, 0.076, 0.23],
};
