import { Random } from '../random.ts';
import { leadVectors, recordedLeads } from './generator/leads.ts';
import { electrodeNoise, type Noise, quiet } from './generator/noise.ts';
import { type Rhythm, rhythmBeats } from './generator/rhythm.ts';
import { type BeatKind, type Morphology, type Vector, type Wave, wavesOf } from './generator/waves.ts';
import { type Lead, type Recording, type StandardLead, standardLeads } from './recording.ts';

/** What can be generated: a rhythm, a morphology of the ventricles, a rate, and the SNOMED CT codes for it. */
export const generatedKinds = {
  'sinus-rhythm': { rhythm: 'sinus', morphology: 'normal', heartRate: 68, codes: ['426783006'] },
  'sinus-bradycardia': { rhythm: 'sinus', morphology: 'normal', heartRate: 46, codes: ['426177001'] },
  'sinus-tachycardia': { rhythm: 'sinus', morphology: 'normal', heartRate: 122, codes: ['427084000'] },
  'atrial-fibrillation': {
    rhythm: 'atrial-fibrillation',
    morphology: 'normal',
    heartRate: 88,
    codes: ['164889003'],
  },
  'premature-atrial-contractions': {
    rhythm: 'premature-atrial',
    morphology: 'normal',
    heartRate: 72,
    codes: ['426783006', '284470004'],
  },
  'premature-ventricular-contractions': {
    rhythm: 'premature-ventricular',
    morphology: 'normal',
    heartRate: 74,
    codes: ['426783006', '427172004'],
  },
  'left-bundle-branch-block': {
    rhythm: 'sinus',
    morphology: 'left-bundle-branch-block',
    heartRate: 70,
    codes: ['426783006', '164909002'],
  },
  'right-bundle-branch-block': {
    rhythm: 'sinus',
    morphology: 'right-bundle-branch-block',
    heartRate: 66,
    codes: ['426783006', '713427006'],
  },
  'st-elevation': {
    rhythm: 'sinus',
    morphology: 'st-elevation',
    heartRate: 84,
    codes: ['426783006', '164931005', '54329005'],
  },
  'st-depression': {
    rhythm: 'sinus',
    morphology: 'st-depression',
    heartRate: 80,
    codes: ['426783006', '429622005'],
  },
  'left-ventricular-hypertrophy': {
    rhythm: 'sinus',
    morphology: 'left-ventricular-hypertrophy',
    heartRate: 64,
    codes: ['426783006', '164873001'],
  },
} as const satisfies Record<
  string,
  { rhythm: Rhythm; morphology: Morphology; heartRate: number; codes: readonly string[] }
>;

export type GeneratedKind = keyof typeof generatedKinds;

export interface GeneratorOptions {
  readonly kind: GeneratedKind;
  /** The same seed gives the same recording. */
  readonly seed: number;
  readonly seconds?: number;
  /** Samples per second. */
  readonly rate?: number;
  /** Beats a minute, instead of the kind's own. */
  readonly heartRate?: number;
  readonly noise?: Noise;
}

/** What is known of a beat whose QRS complex lies within the recording; times in seconds from its start. */
export interface TrueBeat {
  readonly kind: BeatKind;
  /** Middle of the QRS complex: its largest deflection, within some milliseconds by lead. */
  readonly time: number;
  readonly pOnset: number | undefined;
  readonly qrsOnset: number;
  readonly qrsEnd: number;
  readonly tEnd: number;
}

export interface GeneratedRecording {
  readonly recording: Recording;
  readonly beats: readonly TrueBeat[];
}

/** A Gaussian's amplitude is 4 % at this many deviations: where a reader sees a wave begin and end. */
const visible = 2.5;

/**
 * A twelve-lead electrocardiogram from a dynamical model: the heart as a dipole whose vector is a sum of Gaussians in
 * the phase of each beat (McSharry et al., IEEE Trans. Biomed. Eng. 50:289, 2003, in the dipole form of Sameni et al.,
 * EURASIP J. Adv. Signal Process. 2007:043407), seen by the leads through Dower's matrix. Intervals follow the rate:
 * the T wave with the square root of the interval before it (Bazett). Noise is that of electrodes, so Einthoven's and
 * Goldberger's laws hold for all samples (to one step of the converter). No patient is behind it; age and sex are
 * drawn.
 */
export function generateEcg(options: GeneratorOptions): GeneratedRecording {
  const { kind, seed, seconds = 10, rate = 500, noise = quiet } = options;
  const { rhythm, morphology, codes, heartRate: usual } = generatedKinds[kind];
  const random = new Random(seed);
  const samples = Math.round(seconds * rate);
  const person = variation(random);
  const rhythmic = rhythmBeats(
    rhythm,
    options.heartRate ?? usual * random.between(0.95, 1.05),
    seconds,
    random,
  );

  const dipole: [Float64Array, Float64Array, Float64Array] = [
    new Float64Array(samples),
    new Float64Array(samples),
    new Float64Array(samples),
  ];
  const beats: TrueBeat[] = [];
  for (const { time, interval, kind: beatKind } of rhythmic) {
    const waves = wavesOf(beatKind, morphology).map((wave) => timed(wave, time, interval));
    const strength = 1 + 0.03 * random.normal();
    for (const wave of waves) add(dipole, wave, person(wave.vector, wave.part), strength, rate);
    if (time >= 0 && time < seconds) beats.push(truth(beatKind, time, waves));
  }
  if (rhythm === 'atrial-fibrillation') addFibrillation(dipole, rate, random);

  const electrodes = Array.from({ length: 9 }, () => electrodeNoise(noise, samples, rate, random));
  const [right, left, leg] = electrodes as [Float64Array, Float64Array, Float64Array];
  const gain = 1000;
  const recorded = new Map<StandardLead, Float32Array>();
  for (const [position, name] of recordedLeads.entries()) {
    const [x, y, z] = leadVectors[name];
    const chest = electrodes[position + 1]!;
    const lead = new Float32Array(samples);
    for (let i = 0; i < samples; i++) {
      const electrode =
        name === 'I'
          ? left[i]! - right[i]!
          : name === 'II'
            ? leg[i]! - right[i]!
            : chest[i]! - (right[i]! + left[i]! + leg[i]!) / 3;
      lead[i] = whole(gain * (x * dipole[0][i]! + y * dipole[1][i]! + z * dipole[2][i]! + electrode));
    }
    recorded.set(name, lead);
  }
  const first = recorded.get('I')!;
  const second = recorded.get('II')!;
  recorded.set(
    'III',
    first.map((v, i) => second[i]! - v),
  );
  recorded.set(
    'aVR',
    first.map((v, i) => whole(-(v + second[i]!) / 2)),
  );
  recorded.set(
    'aVL',
    first.map((v, i) => whole(v - second[i]! / 2)),
  );
  recorded.set(
    'aVF',
    first.map((v, i) => whole(second[i]! - v / 2)),
  );

  const recording: Recording = {
    format: 'wfdb',
    rate,
    leads: standardLeads.map(
      (name): Lead => ({ name, samples: recorded.get(name)!, gain, baseline: 0, unit: 'mV', rate }),
    ),
    age: Math.round(random.between(35, 85)),
    sex: random.between(0, 1) < 0.5 ? 'female' : 'male',
    diagnoses: codes,
  };
  return { recording, beats };
}

/** The nearest step of the converter; there is no step -0. */
function whole(value: number): number {
  return Math.round(value) + 0;
}

interface TimedWave {
  readonly part: Wave['part'];
  readonly vector: Vector;
  /** Seconds. */
  readonly peak: number;
  readonly before: number;
  readonly after: number;
}

/** Places a wave: recovery stretches with the interval, the PR interval a little, the QRS complex not at all. */
function timed(wave: Wave, time: number, interval: number): TimedWave {
  const bazett = Math.sqrt(Math.min(1.6, interval));
  const stretch = { P: 0.75 + 0.25 * bazett, QRS: 1, ST: bazett, T: bazett }[wave.part];
  return {
    part: wave.part,
    vector: wave.vector,
    peak: time + (wave.at * stretch) / 1000,
    before: (wave.width[0] * stretch) / 1000,
    after: (wave.width[1] * stretch) / 1000,
  };
}

function truth(kind: BeatKind, time: number, waves: readonly TimedWave[]): TrueBeat {
  const onset = (part: Wave['part']): number =>
    Math.min(...waves.filter((w) => w.part === part).map((w) => w.peak - visible * w.before));
  const end = (part: Wave['part']): number =>
    Math.max(...waves.filter((w) => w.part === part).map((w) => w.peak + visible * w.after));
  const pOnset = onset('P');
  return {
    kind,
    time,
    pOnset: Number.isFinite(pOnset) ? pOnset : undefined,
    qrsOnset: onset('QRS'),
    qrsEnd: end('QRS'),
    tEnd: end('T'),
  };
}

function add(
  dipole: readonly [Float64Array, Float64Array, Float64Array],
  wave: TimedWave,
  [x, y, z]: Vector,
  strength: number,
  rate: number,
): void {
  const from = Math.max(0, Math.ceil((wave.peak - 5 * wave.before) * rate));
  const to = Math.min(dipole[0].length - 1, Math.floor((wave.peak + 5 * wave.after) * rate));
  for (let i = from; i <= to; i++) {
    const distance = i / rate - wave.peak;
    const value = strength * Math.exp(-0.5 * (distance / (distance < 0 ? wave.before : wave.after)) ** 2);
    dipole[0][i]! += x * value;
    dipole[1][i]! += y * value;
    dipole[2][i]! += z * value;
  }
}

/** Fibrillatory waves: some wandering frequencies between 5 and 8 Hz, largest in V1. */
function addFibrillation(
  dipole: readonly [Float64Array, Float64Array, Float64Array],
  rate: number,
  random: Random,
): void {
  const waves = Array.from({ length: 4 }, () => ({
    frequency: random.between(5, 8),
    wobble: random.between(0.2, 0.6),
    phase: random.between(0, 2 * Math.PI),
    vector: [random.between(-0.03, -0.01), random.between(0.01, 0.03), random.between(-0.04, -0.02)] as const,
  }));
  for (let i = 0; i < dipole[0].length; i++)
    for (const { frequency, wobble, phase, vector } of waves) {
      const time = i / rate;
      const value = Math.sin(
        2 * Math.PI * frequency * time + 1.5 * Math.sin(2 * Math.PI * wobble * time) + phase,
      );
      dipole[0][i]! += vector[0] * value;
      dipole[1][i]! += vector[1] * value;
      dipole[2][i]! += vector[2] * value;
    }
}

/** What differs from person to person: size of the waves and the turn of the heart in the frontal plane. */
function variation(random: Random): (vector: Vector, part: Wave['part']) => Vector {
  const angle = random.between(-0.2, 0.2);
  const cosine = Math.cos(angle);
  const sine = Math.sin(angle);
  const size = {
    P: random.between(0.85, 1.2),
    QRS: random.between(0.88, 1.15),
    T: random.between(0.85, 1.2),
  };
  return ([x, y, z], part) => {
    const factor = part === 'ST' ? 1 : size[part];
    return [factor * (x * cosine - y * sine), factor * (x * sine + y * cosine), factor * z];
  };
}
