import { readLabelCsv } from '../ecg/formats/label-csv.ts';
import { canonicalDiagnosis } from '../ecg/labels.ts';
import { SystoleError } from '../errors.ts';

/** One recording of a training or validation set. */
export interface LabelledRecording {
  readonly record: string;
  /** 0 or 1 for each class, in the order asked for. */
  readonly labels: Uint8Array;
  readonly patient?: string;
}

/** Before the name of a class: the class that is true where the other is not (two classes under a softmax). */
const complement = 'not ';

/**
 * The recordings of a label table (see `readLabelCsv` for its forms) with the classes of an experiment. What a table
 * of diagnoses does not name counts as absent; `not X` is a class that is true where X is absent.
 * @throws SystoleError `labels_invalid`, also when the table knows nothing of a class.
 */
export function readLabelTable(bytes: Uint8Array, classes: readonly string[]): LabelledRecording[] {
  const rows = readLabelCsv(bytes);
  const known = [...new Set(rows.flatMap(({ present, absent }) => [...present, ...absent]))];
  const named = classes.filter((name) => known.some((label) => means(label, bareClass(name))));
  // A list of diagnoses need not hold every class; a table with a column a class must.
  const isList = rows.every(({ absent }) => absent.length === 0);
  if (named.length < (isList ? 1 : classes.length)) {
    throw new SystoleError('labels_invalid', 'The table says nothing of a class of the experiment.');
  }
  return rows.map(({ record, present, patient }) => ({
    record,
    labels: Uint8Array.from(classes, (name) => Number(isTrue(present, name))),
    ...(patient === undefined ? {} : { patient }),
  }));
}

/** Whether a label stands for a class: the same name, or a diagnosis that is counted as the same. */
export function means(label: string, name: string): boolean {
  return label === name || canonicalDiagnosis(label) === canonicalDiagnosis(name);
}

/** The label that a class is about: itself, or the one whose absence it is (`not X`). */
export function bareClass(name: string): string {
  return name.startsWith(complement) ? name.slice(complement.length) : name;
}

/** Whether labels that are true of a recording make a class true. */
export function isTrue(present: readonly string[], name: string): boolean {
  return present.some((label) => means(label, bareClass(name))) !== name.startsWith(complement);
}
