import type { Random } from '../../random.ts';

/** Amplitudes in millivolts. */
export interface Noise {
  /** Peak of the drift of the electrodes, mostly in the rhythm of breathing. */
  readonly wander: number;
  /** Peak of what the mains (50 Hz) induce. */
  readonly mains: number;
  /** Standard deviation of the tremor of muscles. */
  readonly muscle: number;
}

/** A quiet patient at a good machine. */
export const quiet: Noise = { wander: 0.04, mains: 0.004, muscle: 0.006 };

/** A restless patient beside a transformer. */
export const restless: Noise = { wander: 0.35, mains: 0.06, muscle: 0.04 };

/** The noise of one electrode. Leads are differences of electrodes, so Einthoven's law holds for noise as well. */
export function electrodeNoise(noise: Noise, samples: number, rate: number, random: Random): Float64Array {
  const signal = new Float64Array(samples);
  const turn = 2 * Math.PI;
  const drifts = [0.07, 0.16, 0.27].map((frequency) => ({
    frequency: frequency * random.between(0.85, 1.15),
    phase: random.between(0, turn),
    amplitude: (noise.wander / 2) * random.between(0.5, 1),
  }));
  const mains = noise.mains * random.between(0.5, 1);
  const phase = random.between(0, turn);
  let previous = 0;
  for (let i = 0; i < samples; i++) {
    const time = i / rate;
    let value = mains * Math.sin(turn * 50 * time + phase);
    for (const drift of drifts)
      value += drift.amplitude * Math.sin(turn * drift.frequency * time + drift.phase);
    // Muscles have little below 20 Hz: a first difference of white noise.
    const white = random.normal();
    value += (noise.muscle / Math.SQRT2) * (white - previous);
    previous = white;
    signal[i] = value;
  }
  return signal;
}
