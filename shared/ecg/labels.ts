/** A diagnosis that the 2020 challenge scores. */
export interface ScoredDiagnosis {
  /** SNOMED CT concept. */
  readonly code: string;
  readonly abbreviation: string;
  readonly title: string;
  /** The code under which the challenge counts it; itself for all but the second of each equivalent pair. */
  readonly scoredAs: string;
}

/** The 27 scored diagnoses of the PhysioNet/Computing in Cardiology Challenge 2020, in the order of its weights. */
export const scoredDiagnoses: readonly ScoredDiagnosis[] = (
  [
    ['270492004', 'IAVB', 'First-degree AV block'],
    ['164889003', 'AF', 'Atrial fibrillation'],
    ['164890007', 'AFL', 'Atrial flutter'],
    ['426627000', 'Brady', 'Bradycardia'],
    ['713427006', 'CRBBB', 'Complete right bundle-branch block'],
    ['713426002', 'IRBBB', 'Incomplete right bundle-branch block'],
    ['445118002', 'LAnFB', 'Left anterior fascicular block'],
    ['39732003', 'LAD', 'Left axis deviation'],
    ['164909002', 'LBBB', 'Left bundle-branch block'],
    ['251146004', 'LQRSV', 'Low QRS voltages'],
    ['698252002', 'NSIVCB', 'Nonspecific intraventricular conduction disorder'],
    ['10370003', 'PR', 'Pacing rhythm'],
    ['284470004', 'PAC', 'Premature atrial contraction'],
    ['427172004', 'PVC', 'Premature ventricular contractions'],
    ['164947007', 'LPR', 'Prolonged PR interval'],
    ['111975006', 'LQT', 'Prolonged QT interval'],
    ['164917005', 'QAb', 'Abnormal Q wave'],
    ['47665007', 'RAD', 'Right axis deviation'],
    ['59118001', 'RBBB', 'Right bundle-branch block', '713427006'],
    ['427393009', 'SA', 'Sinus arrhythmia'],
    ['426177001', 'SB', 'Sinus bradycardia'],
    ['426783006', 'NSR', 'Sinus rhythm'],
    ['427084000', 'STach', 'Sinus tachycardia'],
    ['63593006', 'SVPB', 'Supraventricular premature beats', '284470004'],
    ['164934002', 'TAb', 'Abnormal T wave'],
    ['59931005', 'TInv', 'T-wave inversion'],
    ['17338001', 'VPB', 'Ventricular premature beats', '427172004'],
  ] as const
).map(([code, abbreviation, title, scoredAs]) => ({ code, abbreviation, title, scoredAs: scoredAs ?? code }));

/** The 24 classes that are left when equivalent diagnoses are one, in the challenge's order. */
export const challengeClasses: readonly string[] = scoredDiagnoses
  .filter(({ code, scoredAs }) => code === scoredAs)
  .map(({ code }) => code);

/** The class of sinus rhythm, which the challenge takes as the answer of a system that knows nothing. */
export const normalClass = '426783006';

/** The words of the China Physiological Signal Challenge 2018, in the early headers, and the codes given later. */
const cpscWords: ReadonlyMap<string, string> = new Map([
  ['normal', normalClass],
  ['af', '164889003'],
  ['i-avb', '270492004'],
  ['lbbb', '164909002'],
  ['rbbb', '59118001'],
  ['pac', '284470004'],
  ['pvc', '164884008'],
  ['std', '429622005'],
  ['ste', '164931005'],
]);

/** PTB-XL's diagnostic superclasses (Wagner et al., Sci. Data 7:154, 2020) and what they mean. */
const superclasses = {
  NORM: 'Normal ECG',
  MI: 'Myocardial infarction',
  STTC: 'ST/T change',
  CD: 'Conduction disturbance',
  HYP: 'Hypertrophy',
} as const;

/** Names of codes that CPSC words stand for and the challenge does not score, and of the label of the PE system. */
const otherTitles: Readonly<Record<string, string>> = {
  ...superclasses,
  '164884008': 'Ventricular ectopics',
  '429622005': 'ST depression',
  '164931005': 'ST elevation',
  PE: 'Pulmonary embolism',
};

const byCode: ReadonlyMap<string, ScoredDiagnosis> = new Map(scoredDiagnoses.map((d) => [d.code, d]));

/**
 * A diagnosis of a header as one code: CPSC words become their SNOMED CT code, the second of an equivalent pair the
 * first, everything else (codes that are not scored among it) stays.
 */
export function canonicalDiagnosis(diagnosis: string): string {
  const code = cpscWords.get(diagnosis.toLowerCase()) ?? diagnosis;
  return byCode.get(code)?.scoredAs ?? code;
}

/** Which of the 24 challenge classes a recording's diagnoses make true: 0 or 1 in their order. */
export function challengeLabels(diagnoses: readonly string[]): Uint8Array {
  const codes = new Set(diagnoses.map(canonicalDiagnosis));
  return Uint8Array.from(challengeClasses, (code) => Number(codes.has(code)));
}

/** A label in words; the label itself where there are none. */
export function labelTitle(label: string): string {
  return byCode.get(label)?.title ?? otherTitles[label] ?? label;
}
