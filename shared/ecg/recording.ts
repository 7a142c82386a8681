/** The twelve leads in the order in which every net of Systole takes them. */
export const standardLeads = [
  'I',
  'II',
  'III',
  'aVR',
  'aVL',
  'aVF',
  'V1',
  'V2',
  'V3',
  'V4',
  'V5',
  'V6',
] as const;

export type StandardLead = (typeof standardLeads)[number];

/** One lead of a recording. */
export interface Lead {
  /** The name as the file gives it, trimmed. */
  readonly name: string;
  /** Raw samples as stored: analogue-to-digital units, NaN where the format marks a sample as invalid. */
  readonly samples: Float32Array;
  /** Analogue-to-digital units per physical unit, and the value that stands for 0 physical units. */
  readonly gain: number;
  readonly baseline: number;
  /** Physical unit as written in the file: `mV`, `uV`, `NU` (no unit)... */
  readonly unit: string;
  /** Samples per second of this lead. */
  readonly rate: number;
}

/** An electrocardiogram as a format reader returns it: bytes in, recording out, no I/O. */
export interface Recording {
  readonly format: 'wfdb' | 'pe-xml';
  /** Frames (samples) per second of the record. */
  readonly rate: number;
  readonly leads: readonly Lead[];
  readonly age?: number;
  readonly sex?: 'female' | 'male';
  /** Diagnosis codes as the header gives them: SNOMED CT codes or the early CPSC words. */
  readonly diagnoses: readonly string[];
}
