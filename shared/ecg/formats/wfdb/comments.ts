import type { Sex } from '../../recording.ts';

/** What the comment lines of a WFDB header say about the patient and the diagnosis. */
export interface ClinicalComments {
  readonly age?: number;
  readonly sex?: Sex;
  /** In the order given, without empty entries and repetitions. */
  readonly diagnoses: readonly string[];
}

const unknown = /^(?:unknown|unknows|nan|n\/?a|none|-?)$/i;

/**
 * Reads the dialects in use: `#Age: 74`, `# Age: 78`, `#Dx: 426783006, 251146004` with and without the space and with
 * empty entries (PhysioNet/CinC 2020 and 2021), `# <age>: 28  <sex>: M` (MIMIC and MGH) and `# 69 M ...` (MIT-BIH).
 * Ages outside 0-120 years (PTB-XL writes 300 for "over 89") and unknown sexes are left out.
 *
 * @param comments comment lines without their `#`.
 */
export function readComments(comments: readonly string[]): ClinicalComments {
  let age: number | undefined;
  let sex: Sex | undefined;
  const diagnoses = new Set<string>();
  for (const comment of comments) {
    const mitbih = /^\s*(\d{1,3})\s+([MF])\b/.exec(comment);
    if (mitbih) {
      age ??= readAge(mitbih[1]!);
      sex ??= readSex(mitbih[2]!);
      continue;
    }
    const bracketed = comment.includes('<') ? [...comment.matchAll(/<(\w+)>\s*:\s*([^\s<]+)/g)] : [];
    const plain = /^\s*(\w+)\s*:(.*)$/.exec(comment);
    for (const [, key, value] of bracketed.length > 0 ? bracketed : plain ? [plain] : []) {
      const text = value!.trim();
      if (unknown.test(text)) continue;
      switch (key!.toLowerCase()) {
        case 'age':
          age ??= readAge(text);
          break;
        case 'sex':
          sex ??= readSex(text);
          break;
        case 'dx':
          for (const part of text.split(/[,;]/)) {
            const diagnosis = part.trim();
            if (!unknown.test(diagnosis)) diagnoses.add(diagnosis);
          }
          break;
      }
    }
  }
  return {
    ...(age !== undefined && { age }),
    ...(sex !== undefined && { sex }),
    diagnoses: [...diagnoses],
  };
}

function readAge(text: string): number | undefined {
  const age = Number(text);
  return text !== '' && age >= 0 && age <= 120 ? age : undefined;
}

function readSex(text: string): Sex | undefined {
  if (/^(?:f|female)$/i.test(text)) return 'female';
  if (/^(?:m|male)$/i.test(text)) return 'male';
  return undefined;
}
