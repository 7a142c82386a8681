import { readLabelCsv } from '../ecg/formats/label-csv.ts';
import { SystoleError } from '../errors.ts';

/** One recording of a training or validation set. */
export interface LabelledRecording {
  readonly record: string;
  /** 0 or 1 for each class, in the order asked for. */
  readonly labels: Uint8Array;
  readonly patient?: string;
}

/**
 * The recordings of a label table (see `readLabelCsv` for its forms) with the classes of an experiment. What a table
 * of diagnoses does not name counts as absent.
 * @throws SystoleError `labels_invalid`, also when the table knows nothing of a class.
 */
export function readLabelTable(bytes: Uint8Array, classes: readonly string[]): LabelledRecording[] {
  const rows = readLabelCsv(bytes);
  const known = new Set(rows.flatMap(({ present, absent }) => [...present, ...absent]));
  if (!classes.every((name) => known.has(name))) {
    throw new SystoleError('labels_invalid', 'The table says nothing of a class of the experiment.');
  }
  return rows.map(({ record, present, patient }) => ({
    record,
    labels: Uint8Array.from(classes, (name) => (present.includes(name) ? 1 : 0)),
    ...(patient === undefined ? {} : { patient }),
  }));
}
