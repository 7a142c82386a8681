import { SystoleError } from '../errors.ts';

/** One row of a label table. */
export interface LabelledRecording {
  readonly record: string;
  /** 0 or 1 for each class, in the order asked for. */
  readonly labels: Uint8Array;
  readonly patient?: string;
}

/**
 * Reads a label table: CSV with a header line; the column `record` names the recording, `patient` (when there is
 * one) its patient, each class has a column of 0 and 1, other columns are ignored.
 * @throws SystoleError `labels_invalid` with the line's number.
 */
export function parseLabelTable(text: string, classes: readonly string[]): LabelledRecording[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const header = lines[0]!.split(',').map((name) => name.trim());
  const record = header.indexOf('record');
  if (record < 0) throw new SystoleError('labels_invalid', 'There is no column named record.');
  const columns = classes.map((name) => {
    const column = header.indexOf(name);
    if (column < 0) throw new SystoleError('labels_invalid', 'A class of the experiment has no column.');
    return column;
  });
  const patient = header.indexOf('patient');
  const seen = new Set<string>();
  const rows: LabelledRecording[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '') continue;
    const refuse = (what: string) => new SystoleError('labels_invalid', `Line ${index + 1}: ${what}.`);
    const cells = line.split(',').map((cell) => cell.trim());
    if (cells.length !== header.length) throw refuse(`${cells.length} cells instead of ${header.length}`);
    const name = cells[record]!;
    if (!/^[\w-]+$/.test(name)) throw refuse('the record is no plain name');
    if (seen.has(name)) throw refuse('the record has a line already');
    seen.add(name);
    const labels = Uint8Array.from(columns, (column) => {
      if (cells[column] !== '0' && cells[column] !== '1') throw refuse('a label is neither 0 nor 1');
      return Number(cells[column]);
    });
    rows.push({
      record: name,
      labels,
      ...(patient >= 0 && cells[patient] !== '' ? { patient: cells[patient]! } : {}),
    });
  }
  if (rows.length === 0) throw new SystoleError('labels_invalid', 'There are no records.');
  return rows;
}
