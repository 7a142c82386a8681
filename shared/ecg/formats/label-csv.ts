import { csvRows } from '../../csv-rows.ts';
import { SystoleError } from '../../errors.ts';
import { markedText } from './marked-text.ts';

/** What a label file says of one recording. */
export interface LabelledRecord {
  /** Name of the recording without folder and extension. */
  readonly record: string;
  /** Labels that are true: classes, SNOMED CT codes or CPSC words, as written. */
  readonly present: readonly string[];
  /** Labels that are known to be false; where a file lists diagnoses only, the others are unknown. */
  readonly absent: readonly string[];
  /** Where the table has a column for it; recordings of one patient are never parted between folds. */
  readonly patient?: string;
}

/** A line a recording: the largest public collection has fewer than a million. */
const maximumLabelBytes = 64 << 20;

const recordColumns = ['record', 'file', 'filename', 'filename_hr', 'ecg_id'];
const patientColumns = ['patient', 'patient_id'];
const diagnosisColumns = ['dx', 'diagnosis', 'diagnoses', 'labels'];

/**
 * Reads a table of labels, in any of three forms, `,` or `;` between the cells:
 * - the pulmonary-embolism system's: no header, `file;0` or `file;1`; the label is `PE`;
 * - a class a column: a header, a column for the record, and columns of nothing but 0 and 1;
 * - a list of diagnoses: a header, a column for the record, and one called `dx` (`"AF,RBBB"`).
 * UTF-8, or UTF-16 with a byte-order mark.
 *
 * @throws SystoleError `empty`, `file_too_large`, `labels_invalid` with the line.
 */
export function readLabelCsv(bytes: Uint8Array): LabelledRecord[] {
  if (bytes.length === 0) throw new SystoleError('empty');
  if (bytes.length > maximumLabelBytes) throw new SystoleError('file_too_large', `${bytes.length} bytes.`);
  const text = markedText(bytes, 'utf-8');
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  const rows = csvRows(text, firstLine.includes(';') ? ';' : ',');
  const [head, ...others] = rows;
  if (head === undefined) throw new SystoleError('labels_invalid', 'There are no rows.');
  const names = head.cells.map((cell) => cell.toLowerCase());
  const recordColumn = names.findIndex((name) => recordColumns.includes(name));
  const headless = recordColumn < 0;
  if (headless && !(head.cells.length === 2 && /^[01]$/.test(head.cells[1]!)))
    throw new SystoleError('labels_invalid', 'Line 1: no column for the record.');

  const body = headless ? rows : others;
  for (const { line, cells } of body)
    if (cells.length !== head.cells.length)
      throw new SystoleError(
        'labels_invalid',
        `Line ${line}: ${cells.length} cells instead of ${head.cells.length}.`,
      );
  if (body.length === 0) throw new SystoleError('labels_invalid', 'There are no records.');

  const diagnosisColumn = headless ? -1 : names.findIndex((name) => diagnosisColumns.includes(name));
  const patientColumn = headless ? -1 : names.findIndex((name) => patientColumns.includes(name));
  const classColumns = head.cells.flatMap((name, column) =>
    column !== recordColumn &&
    column !== diagnosisColumn &&
    column !== patientColumn &&
    isClass(body, column, headless ? 'the label' : name)
      ? [{ column, label: headless ? 'PE' : name }]
      : [],
  );
  // Without a record column the first cell is the record and the second the label.
  const labelled = headless ? classColumns.filter(({ column }) => column === 1) : classColumns;
  if (diagnosisColumn < 0 && labelled.length === 0)
    throw new SystoleError('labels_invalid', 'No column holds labels: 0 and 1, or diagnoses.');
  if (new Set(labelled.map(({ label }) => label)).size < labelled.length)
    throw new SystoleError('labels_invalid', 'Line 1: two columns have one name.');

  const seen = new Set<string>();
  return body.map(({ line, cells }) => {
    const record = plainName(cells[headless ? 0 : recordColumn]!);
    if (record === undefined) throw new SystoleError('labels_invalid', `Line ${line}: no record is named.`);
    if (seen.has(record))
      throw new SystoleError('labels_invalid', `Line ${line}: the record has a line already.`);
    seen.add(record);
    const patient = patientColumn < 0 ? '' : cells[patientColumn]!;
    const diagnoses = diagnosisColumn < 0 ? '' : cells[diagnosisColumn]!;
    return {
      record,
      present: [
        ...listed(diagnoses),
        ...labelled.flatMap(({ column, label }) => (isTrue(cells[column]!) ? [label] : [])),
      ],
      absent: labelled.flatMap(({ column, label }) => (isTrue(cells[column]!) ? [] : [label])),
      ...(patient === '' ? {} : { patient }),
    };
  });
}

type Rows = readonly { readonly line: number; readonly cells: readonly string[] }[];

/** 0 and 1, as numbers are written (`1.0` where a program has kept them as such). */
const binary = /^[01](?:\.0+)?$/;

function isTrue(cell: string): boolean {
  return cell.startsWith('1');
}

/**
 * Whether a column is a class: nothing but 0 and 1.
 * @throws SystoleError `labels_invalid` for one with both and with gaps, which would be lost without a word
 */
function isClass(rows: Rows, column: number, name: string): boolean {
  let gap: number | undefined;
  const seen = new Set<boolean>();
  for (const { line, cells } of rows) {
    const cell = cells[column]!;
    if (cell === '') gap ??= line;
    else if (!binary.test(cell)) return false;
    else seen.add(isTrue(cell));
  }
  if (gap === undefined) return true;
  if (seen.size < 2) return false;
  throw new SystoleError('labels_invalid', `Line ${gap}: nothing stands in the column ${name}.`);
}

/** `AF,RBBB`, or a list as Python prints it: `['AF', 'RBBB']`. */
function listed(diagnoses: string): string[] {
  return diagnoses
    .replaceAll(/^\s*[[({]|[\])}]\s*$/g, '')
    .split(/[,;|]/)
    .map((part) => part.trim().replaceAll(/^['"]|['"]$/g, ''))
    .filter((part) => part !== '');
}

function plainName(cell: string): string | undefined {
  return /^(?:.*[/\\])?([\w-]{1,255})(?:\.\w{1,5})?$/.exec(cell)?.[1];
}
