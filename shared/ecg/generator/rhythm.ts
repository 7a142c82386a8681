import type { Random } from '../../random.ts';
import type { BeatKind } from './waves.ts';

export interface RhythmBeat {
  /** Seconds from the start of the recording to the middle of the QRS complex. */
  readonly time: number;
  /** Seconds since the beat before. */
  readonly interval: number;
  readonly kind: BeatKind;
}

export type Rhythm = 'sinus' | 'atrial-fibrillation' | 'premature-atrial' | 'premature-ventricular';

/**
 * Beat times from before the start of the recording to after its end, so that no wave is cut off.
 *
 * Sinus intervals vary with breathing and with the slow waves of blood pressure, the two peaks of McSharry's
 * spectrum (IEEE Trans. Biomed. Eng. 50:289, 2003); those of atrial fibrillation are independent of each other. Every
 * fifth or so beat is premature where the rhythm says so: an atrial one resets the sinus node, a ventricular one is
 * followed by a full compensatory pause.
 *
 * @param heartRate beats a minute. @param seconds length of the recording.
 */
export function rhythmBeats(
  rhythm: Rhythm,
  heartRate: number,
  seconds: number,
  random: Random,
): RhythmBeat[] {
  const mean = 60 / heartRate;
  const breathing = random.between(0.2, 0.3);
  const phase = [random.between(0, 2 * Math.PI), random.between(0, 2 * Math.PI)] as const;
  const sinusInterval = (time: number): number =>
    mean *
    (1 +
      0.025 * Math.sin(2 * Math.PI * breathing * time + phase[0]) +
      0.015 * Math.sin(2 * Math.PI * 0.1 * time + phase[1]) +
      0.004 * random.normal());

  const beats: RhythmBeat[] = [];
  let time = -2 * mean + random.between(0, mean);
  let untilPremature = Math.round(random.between(2, 4));
  let pause = 0;
  while (time < seconds + 1) {
    let interval = sinusInterval(time);
    let kind: BeatKind = 'sinus';
    if (rhythm === 'atrial-fibrillation') {
      interval = Math.max(0.34, mean * Math.exp(0.22 * random.normal() - 0.024));
      kind = 'conducted';
    } else if (pause > 0) {
      interval = pause;
      pause = 0;
    } else if (rhythm !== 'sinus' && untilPremature-- <= 0) {
      const whole = interval;
      kind = rhythm;
      interval *= rhythm === 'premature-atrial' ? random.between(0.62, 0.7) : random.between(0.56, 0.64);
      pause = rhythm === 'premature-atrial' ? whole * 1.08 : 2 * whole - interval;
      untilPremature = Math.round(random.between(2.5, 5));
    }
    time += interval;
    beats.push({ time, interval, kind });
  }
  return beats;
}
