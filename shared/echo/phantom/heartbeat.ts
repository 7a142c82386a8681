import type { Random } from '../../random.ts';

/** Times in seconds from the first frame, volumes in mL. */
export interface PhantomBeat {
  /** The R wave: the left ventricle is largest. */
  readonly endDiastole: number;
  /** The aortic valve closes: the left ventricle is smallest. */
  readonly endSystole: number;
  /** To the next R wave. */
  readonly interval: number;
  readonly edv: number;
  readonly esv: number;
}

export interface Rhythm {
  /** Beats a minute. */
  readonly heartRate: number;
  /** Standard deviation of the beats' intervals, as a share of their mean. */
  readonly rateVariation: number;
  /** Standard deviation of the beats' volumes, as a share of their mean. */
  readonly volumeVariation: number;
}

/** Volumes that beat, in mL. */
export interface ChamberVolumes {
  readonly edv: number;
  readonly esv: number;
  readonly laMaximum: number;
  readonly laMinimum: number;
}

/** What the chambers are at one time. */
export interface Filling {
  /** mL. */
  readonly lv: number;
  readonly la: number;
  /** How far the mitral valve is open, 0 to 1. */
  readonly opening: number;
  /** How far the ventricles have ejected, 0 to 1. */
  readonly ejected: number;
}

/** The early wave's share of what flows into the ventricle; the atrium's contraction brings the rest. */
const earlyShare = 0.65;

/** Beats from before the first frame to after the last. */
export function heartbeats(
  rhythm: Rhythm,
  volumes: ChamberVolumes,
  seconds: number,
  random: Random,
): PhantomBeat[] {
  const mean = 60 / rhythm.heartRate;
  const vary = (share: number) => Math.max(0.5, Math.min(1.5, 1 + share * random.normal()));
  const beats: PhantomBeat[] = [];
  let endDiastole = -random.between(1, 2) * mean;
  while (endDiastole < seconds + 2 * mean) {
    const interval = mean * vary(rhythm.rateVariation);
    // Time from the Q wave to the second heart sound (Weissler et al., Circulation 37:149, 1968).
    const systole = Math.min(0.55 * interval, 0.546 - 0.0021 * rhythm.heartRate);
    const edv = volumes.edv * vary(rhythm.volumeVariation);
    const esv = Math.min(0.95 * edv, volumes.esv * vary(rhythm.volumeVariation));
    beats.push({ endDiastole, endSystole: endDiastole + systole, interval, edv, esv });
    endDiastole += interval;
  }
  return beats;
}

/**
 * Volumes at a time: isovolumic contraction, ejection, isovolumic relaxation, early filling, diastasis and the atrium's
 * contraction, each a smooth step between the volumes of this beat and the next one's end-diastole.
 */
export function fillingAt(beats: readonly PhantomBeat[], volumes: ChamberVolumes, time: number): Filling {
  const index = Math.max(
    0,
    beats.findLastIndex(({ endDiastole }) => endDiastole <= time),
  );
  const beat = beats[index]!;
  const next = beats[index + 1] ?? beat;
  const since = time - beat.endDiastole;
  const systole = beat.endSystole - beat.endDiastole;
  const contraction = 0.12 * systole;
  const mitral = systole + Math.min(0.07, 0.15 * (beat.interval - systole));
  const diastole = beat.interval - mitral;
  const early = Math.min(0.24, 0.6 * diastole);
  const late = Math.min(0.14, 0.4 * diastole);
  const ejected = step((since - contraction) / (systole - contraction));
  const first = step((since - mitral) / early);
  const second = step((since - (beat.interval - late)) / late);
  const filled = earlyShare * first + (1 - earlyShare) * second;
  const reservoir = step(since / mitral);
  const emptied = 0.6 * first + 0.4 * second;
  return {
    lv: beat.edv + (beat.esv - beat.edv) * ejected + (next.edv - beat.esv) * filled,
    la: volumes.laMinimum + (volumes.laMaximum - volumes.laMinimum) * (reservoir - emptied),
    opening: opening(since - mitral, early, diastole, late),
    ejected: ejected - filled,
  };
}

/** Wide in early filling, half closed in diastasis, wider again as the atrium contracts, shut in systole. */
function opening(since: number, early: number, diastole: number, late: number): number {
  if (since <= 0 || since >= diastole) return 0;
  const hump = (x: number) => (x <= 0 || x >= 1 ? 0 : Math.sin(Math.PI * x));
  const ramp = Math.min(1, since / 0.04, (diastole - since) / 0.04);
  return Math.max(
    hump(since / (1.2 * early)),
    0.8 * hump((since - (diastole - late)) / late),
    0.35 * Math.max(0, ramp),
  );
}

/** From 0 to 1, without corners. */
function step(x: number): number {
  const inside = Math.max(0, Math.min(1, x));
  return inside * inside * (3 - 2 * inside);
}
