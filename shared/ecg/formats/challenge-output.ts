import { csvRows } from '../../csv-rows.ts';
import { SystoleError } from '../../errors.ts';

/** A classifier's answer to one recording in the form of the 2020 challenge. */
export interface ChallengeOutput {
  /** SNOMED CT codes. */
  readonly classes: readonly string[];
  /** 0 or 1 for each class. */
  readonly calls: Uint8Array;
  /** NaN: no answer. */
  readonly scores: Float64Array;
}

/** More classes than SNOMED CT has diagnoses that an electrocardiogram can show. */
const maximumBytes = 1 << 20;

/** What the official scorer takes for a call; everything else is none. */
const called = ['1', 'True', 'true', 'T', 't'];

/**
 * Reads `RECORD.csv` as the official scorer does: a line each of classes, of calls and of scores, as many cells in each;
 * lines that start with a number sign (`#RECORD`) and empty ones are passed over. A call is 1 or true, a score that is
 * no number is 0.
 *
 * @throws SystoleError `empty`, `file_too_large`, `labels_invalid` where there are no such three lines.
 */
export function readChallengeOutput(bytes: Uint8Array): ChallengeOutput {
  if (bytes.length === 0) throw new SystoleError('empty');
  if (bytes.length > maximumBytes) throw new SystoleError('file_too_large', `${bytes.length} bytes.`);
  const rows = csvRows(new TextDecoder().decode(bytes), ',').map(({ cells }) => cells);
  const [classes, calls, scores] = rows.filter(([first]) => !first!.startsWith('#'));
  if (classes === undefined || calls === undefined || scores === undefined)
    throw new SystoleError('labels_invalid', 'There must be a line of classes, of calls and of scores.');
  if (calls.length !== classes.length || scores.length !== classes.length)
    throw new SystoleError('labels_invalid', 'Classes, calls and scores differ in number.');
  return {
    classes,
    calls: Uint8Array.from(calls, (cell) => Number(called.includes(cell))),
    scores: Float64Array.from(scores, scoreOf),
  };
}

function scoreOf(cell: string): number {
  if (/^[+-]?nan$/i.test(cell)) return Number.NaN;
  const score = Number(cell);
  return Number.isFinite(score) ? score : 0;
}

/** Writes the same form; scores with all the digits they have. */
export function writeChallengeOutput(record: string, { classes, calls, scores }: ChallengeOutput): string {
  const written = Array.from(scores, (score) => (Number.isNaN(score) ? 'nan' : String(score)));
  return `#${record}\n${classes.join(',')}\n${calls.join(',')}\n${written.join(',')}\n`;
}
