import type { CsvSeparator } from '../../csv-rows.ts';
import { SystoleError } from '../../errors.ts';
import { detectExport } from './detect.ts';
import type { ExportColumn, ExportTable } from './tables.ts';

/** Where a file's columns are. */
export interface ExportLayout {
  readonly table: ExportTable;
  readonly separator: CsvSeparator;
  /** Position of each of the table's columns; undefined where the file has none. */
  readonly positions: readonly (number | undefined)[];
  /** The file's other columns, without `row_id`. */
  readonly others: readonly { readonly name: string; readonly position: number }[];
  /** Cells of a whole row. */
  readonly width: number;
}

/**
 * Where the columns of a table are, by its first line.
 * @param head as `detectExport` takes it
 * @throws SystoleError `labels_invalid` for a file that is no table of an export, lacks a column or has one twice; the
 * column is named
 */
export function exportLayout(head: string): ExportLayout {
  const found = detectExport(head);
  if (found === undefined)
    throw new SystoleError('labels_invalid', 'Line 1: these are the columns of no Xcelera table.');
  const { table, separator, names } = found;
  const known = table.columns.flatMap(({ name, also }) => [name, also]);
  const twice = names.find((name, i) => known.includes(name) && names.indexOf(name) !== i);
  if (twice !== undefined) throw wrong(table, `has the column ${twice} twice`);
  const positions = table.columns.map((column) => positionOf(column, names));
  const absent = table.columns.find(({ required }, i) => required === true && positions[i] === undefined);
  if (absent !== undefined) throw wrong(table, `has no column ${absent.name}`);
  const others = names.flatMap((name, position) =>
    name === 'row_id' || name === '' || positions.includes(position) ? [] : [{ name, position }],
  );
  return { table, separator, positions, others, width: names.length };
}

function positionOf({ name, also }: ExportColumn, names: readonly string[]): number | undefined {
  const position = names.includes(name) || also === undefined ? names.indexOf(name) : names.indexOf(also);
  return position < 0 ? undefined : position;
}

const wrong = ({ name }: ExportTable, what: string): SystoleError =>
  new SystoleError('labels_invalid', `Line 1: the Xcelera table ${name} ${what}.`);
