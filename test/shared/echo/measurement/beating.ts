import type { FrameFigures } from '../../../../shared/echo/measurement/frame-figures.ts';
import type { Geometry } from '../../../../shared/echo/measurement/geometry.ts';
import type { Random } from '../../../../shared/random.ts';

export interface Beating {
  /** Frames a second, beats a minute. */
  readonly frameRate: number;
  readonly heartRate: number;
  /** Beats of the cine, and the phase (0 end-diastole, to 1) of its first frame. */
  readonly beats: number;
  readonly phase: number;
  /** mL and percent. */
  readonly edv: number;
  readonly ef: number;
  /** Standard deviation of a frame's volume, as a share. */
  readonly noise: number;
}

/** Share of the beat that is systole: it lasts about 0.2 s and 15 % of the beat. */
export const systole = (heartRate: number): number => Math.min(0.45, (0.2 * heartRate) / 60 + 0.15);

/** Volume relative to end-diastole's: contraction, early filling, diastasis, atrial kick. */
export function volumeAt(phase: number, { heartRate, ef }: Beating): number {
  const rise = (share: number): number => (1 - Math.cos(Math.PI * Math.min(1, Math.max(0, share)))) / 2;
  const end = systole(heartRate);
  const at = phase - Math.floor(phase);
  if (at < end) return 1 - (ef / 100) * rise(at / end);
  const filling = (at - end) / (1 - end);
  return 1 - (ef / 100) * (1 - 0.75 * rise(filling / 0.4) - 0.25 * rise((filling - 0.75) / 0.25));
}

/** Volumes of a cine's frames, mL. */
export function volumesOf(beating: Beating, random: Random): number[] {
  const { frameRate, heartRate, beats, phase, edv, noise } = beating;
  const framesPerBeat = (60 * frameRate) / heartRate;
  return Array.from(
    { length: Math.round(beats * framesPerBeat) },
    (_, frame) => edv * (volumeAt(phase + frame / framesPerBeat, beating) + noise * random.normal()),
  );
}

const whole = { fragments: 1, largestShare: 1, holeShare: 0, borderShare: 0 };

/** Figures of a ventricle of this volume that keeps its shape, and of an atrium that fills as it empties. */
export function figuresOf(volume: number, edv = 120): FrameFigures {
  const scale = Math.cbrt(volume / edv);
  const diameters = Array.from(
    { length: 20 },
    (_, disk) => 4.8 * scale * Math.sqrt(1 - ((disk + 0.5) / 20) ** 2),
  );
  const sum = diameters.reduce((total, diameter) => total + (Math.PI / 4) * diameter ** 2, 0);
  const thickness = volume / sum;
  const atrium = 60 - 30 * (volume / edv);
  return {
    lv: {
      volume,
      length: 20 * thickness,
      area: diameters.reduce((total, diameter) => total + diameter * thickness, 0),
      diameters,
      thickness,
      axis: { base: { x: 5, y: 20 * thickness }, apex: { x: 5, y: 0 }, annulusSeen: true },
      quality: whole,
    },
    la: { areaLength: atrium, disks: 0.95 * atrium, length: 5, area: 15, quality: whole },
    confidence: 0.97,
  };
}

export const geometryOf = (frameRate: number, given: Partial<Geometry> = {}): Geometry => ({
  rows: 600,
  columns: 800,
  spacing: { x: 0.03, y: 0.03 },
  spacingAbsent: null,
  aspect: 1,
  aspectFrom: 'region',
  frameTimeMs: 1000 / frameRate,
  frameTimeFrom: 'frame-time',
  heartRate: null,
  ...given,
});
