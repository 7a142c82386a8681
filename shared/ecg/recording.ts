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
  /**
   * Raw samples as stored: analogue-to-digital units, NaN where the format marks a sample as invalid. Integers are
   * exact up to 24 bits; the 32-bit formats are rounded to float32.
   */
  readonly samples: Float32Array;
  /** Analogue-to-digital units per physical unit, and the value that stands for 0 physical units. */
  readonly gain: number;
  readonly baseline: number;
  /** Physical unit as written in the file: `mV`, `uV`, `NU` (no unit)... */
  readonly unit: string;
  /** Samples per second of this lead. */
  readonly rate: number;
}

export type Sex = 'female' | 'male';

/** An electrocardiogram as a format reader returns it: bytes in, recording out, no I/O. */
export interface Recording {
  readonly format: 'wfdb' | 'pe-xml';
  /** Frames per second of the record; a lead with several samples a frame has its own, higher rate. */
  readonly rate: number;
  readonly leads: readonly Lead[];
  /** Years; absent when the file does not say or says something impossible. */
  readonly age?: number;
  readonly sex?: Sex;
  /** Diagnosis codes as the header gives them: SNOMED CT codes or the early CPSC words. */
  readonly diagnoses: readonly string[];
}

/** Seconds that a recording lasts: its longest lead. */
export function duration(recording: Recording): number {
  return Math.max(0, ...recording.leads.map((lead) => lead.samples.length / lead.rate));
}
