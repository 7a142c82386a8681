/** A vector in Frank's axes, in millivolts: x to the patient's left, y to the feet, z to the back. */
export type Vector = readonly [x: number, y: number, z: number];

/** One wave of the heart's dipole: a Gaussian in time along a fixed direction. */
export interface Wave {
  readonly part: 'P' | 'QRS' | 'ST' | 'T';
  /** Milliseconds from the middle of the QRS complex to the wave's peak, at 60 beats a minute. */
  readonly at: number;
  /** Standard deviations before and after the peak in milliseconds. */
  readonly width: readonly [before: number, after: number];
  readonly vector: Vector;
}

const atria: readonly Wave[] = [
  { part: 'P', at: -172, width: [17, 17], vector: [0.03, 0.1, -0.06] },
  { part: 'P', at: -146, width: [17, 17], vector: [0.08, 0.05, 0.045] },
];

/** A focus low in the atrium: activation runs upwards. */
const ectopicAtria: readonly Wave[] = [
  { part: 'P', at: -140, width: [18, 18], vector: [0.04, -0.11, -0.03] },
];

/** Septum to the right and forward, free walls to the left and down, base to the back. */
const ventricles: readonly Wave[] = [
  { part: 'QRS', at: -22, width: [7, 7], vector: [-0.12, -0.03, -0.25] },
  { part: 'QRS', at: 0, width: [10, 9], vector: [1.05, 0.85, 0.35] },
  { part: 'QRS', at: 22, width: [8, 8], vector: [-0.15, -0.12, 0.5] },
];

const recovery: readonly Wave[] = [{ part: 'T', at: 265, width: [52, 34], vector: [0.28, 0.21, -0.18] }];

/** The septum is reached from the right and the left wall late and slowly, in two humps; recovery is opposite. */
const leftBundleBranchBlock: readonly Wave[] = [
  { part: 'QRS', at: -34, width: [13, 16], vector: [0.5, 0.3, 0.55] },
  { part: 'QRS', at: 0, width: [17, 17], vector: [0.7, 0.35, 0.75] },
  { part: 'QRS', at: 36, width: [16, 15], vector: [0.85, 0.12, 0.5] },
  { part: 'ST', at: 115, width: [36, 60], vector: [-0.1, -0.02, -0.14] },
  { part: 'T', at: 290, width: [55, 36], vector: [-0.33, -0.1, -0.32] },
];

/** The right ventricle comes last and alone: to the right and forward. */
const rightBundleBranchBlock: readonly Wave[] = [
  ...ventricles,
  { part: 'QRS', at: 54, width: [15, 16], vector: [-0.6, -0.06, -0.68] },
  { part: 'T', at: 285, width: [52, 34], vector: [0.3, 0.2, 0.12] },
];

/**
 * An acute anterior infarction: the lost wall leaves Q waves in V1-V4, the injury current lifts the ST segment there
 * with its mirror image below, and the T wave begins to turn.
 */
const anteriorInjury: readonly Wave[] = [
  { part: 'QRS', at: -20, width: [9, 9], vector: [-0.12, 0.02, 0.5] },
  { part: 'QRS', at: 0, width: [10, 9], vector: [0.75, 0.75, 0.6] },
  { part: 'QRS', at: 22, width: [8, 8], vector: [-0.05, -0.1, 0.35] },
  { part: 'ST', at: 105, width: [34, 70], vector: [0.1, -0.12, -0.26] },
  { part: 'T', at: 225, width: [45, 38], vector: [0.12, 0.05, -0.26] },
  { part: 'T', at: 305, width: [30, 26], vector: [-0.16, 0, 0.12] },
];

const subendocardialIschaemia: readonly Wave[] = [
  ...ventricles,
  { part: 'ST', at: 110, width: [34, 80], vector: [-0.15, -0.13, 0.06] },
  { part: 'T', at: 268, width: [45, 32], vector: [0.1, 0.09, -0.1] },
];

/** Sokolow-Lyon voltage with the strain pattern over the left ventricle. */
const leftVentricularHypertrophy: readonly Wave[] = [
  { part: 'QRS', at: -24, width: [8, 8], vector: [-0.1, -0.04, -0.3] },
  { part: 'QRS', at: 0, width: [13, 12], vector: [2, 0.75, 0.95] },
  { part: 'QRS', at: 27, width: [9, 9], vector: [-0.1, -0.15, 0.7] },
  { part: 'ST', at: 120, width: [36, 70], vector: [-0.1, -0.03, -0.05] },
  { part: 'T', at: 275, width: [60, 32], vector: [-0.25, -0.05, -0.25] },
];

/** From a focus in the right ventricle's outflow tract: wide, downwards, against all conduction paths. */
const ectopicVentricles: readonly Wave[] = [
  { part: 'QRS', at: -36, width: [15, 20], vector: [0.1, 0.75, 0.35] },
  { part: 'QRS', at: 8, width: [24, 24], vector: [0.75, 1.25, 0.95] },
  { part: 'QRS', at: 54, width: [20, 18], vector: [0.3, 0.1, 0.5] },
  { part: 'T', at: 300, width: [58, 40], vector: [-0.35, -0.5, -0.35] },
];

export type BeatKind = 'sinus' | 'conducted' | 'premature-atrial' | 'premature-ventricular';
export type Morphology = keyof typeof morphologies;

/** What ventricles and recovery look like; P waves are the rhythm's matter. */
const morphologies = {
  normal: [...ventricles, ...recovery],
  'left-bundle-branch-block': leftBundleBranchBlock,
  'right-bundle-branch-block': rightBundleBranchBlock,
  'st-elevation': anteriorInjury,
  'st-depression': subendocardialIschaemia,
  'left-ventricular-hypertrophy': leftVentricularHypertrophy,
} as const satisfies Record<string, readonly Wave[]>;

/** The waves of one beat. `conducted` is a beat of atrial fibrillation, without P wave. */
export function wavesOf(kind: BeatKind, morphology: Morphology): readonly Wave[] {
  switch (kind) {
    case 'sinus':
      return [...atria, ...morphologies[morphology]];
    case 'conducted':
      return morphologies[morphology];
    case 'premature-atrial':
      return [...ectopicAtria, ...morphologies[morphology]];
    case 'premature-ventricular':
      return ectopicVentricles;
  }
}
