import { csvRows } from '../../csv-rows.ts';
import { SystoleError } from '../../errors.ts';

/** A classifier's answer to one recording in the form of the 2020 challenge. */
export interface ChallengeOutput {
  readonly record: string;
  /** SNOMED CT codes. */
  readonly classes: readonly string[];
  /** 0 or 1 for each class. */
  readonly calls: Uint8Array;
  readonly scores: Float64Array;
}

/** More classes than SNOMED CT has diagnoses that an electrocardiogram can show. */
const maximumBytes = 1 << 20;

/**
 * Reads `RECORD.csv`: `#RECORD`, then a line each of classes, of calls (0 or 1, true or false) and of scores.
 *
 * @throws SystoleError `empty`, `file_too_large`, `labels_invalid` with the line.
 */
export function readChallengeOutput(bytes: Uint8Array): ChallengeOutput {
  if (bytes.length === 0) throw new SystoleError('empty');
  if (bytes.length > maximumBytes) throw new SystoleError('file_too_large', `${bytes.length} bytes.`);
  const [title, classes, calls, scores, more] = csvRows(new TextDecoder().decode(bytes), ',').map(
    (r) => r.cells,
  );
  const record = title?.length === 1 ? /^#\s*([\w-]+)$/.exec(title[0]!)?.[1] : undefined;
  if (record === undefined) throw new SystoleError('labels_invalid', 'Line 1: no #RECORD.');
  if (classes === undefined || calls === undefined || scores === undefined || more !== undefined)
    throw new SystoleError('labels_invalid', 'There must be four lines.');
  if (calls.length !== classes.length || scores.length !== classes.length)
    throw new SystoleError('labels_invalid', 'Classes, calls and scores differ in number.');
  return {
    record,
    classes,
    calls: Uint8Array.from(calls, (cell, k) => {
      const call = new Map([
        ['0', 0],
        ['1', 1],
        ['false', 0],
        ['true', 1],
      ]).get(cell.toLowerCase());
      if (call === undefined)
        throw new SystoleError('labels_invalid', `Line 3: cell ${k + 1} is neither 0 nor 1.`);
      return call;
    }),
    scores: Float64Array.from(scores, (cell, k) => {
      const score = cell === '' ? Number.NaN : Number(cell);
      if (!Number.isFinite(score))
        throw new SystoleError('labels_invalid', `Line 4: cell ${k + 1} is no number.`);
      return score;
    }),
  };
}

/** Writes the same form; scores with all the digits they have. */
export function writeChallengeOutput({ record, classes, calls, scores }: ChallengeOutput): string {
  return `#${record}\n${classes.join(',')}\n${calls.join(',')}\n${scores.join(',')}\n`;
}
