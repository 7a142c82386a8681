import { type CsvSeparator, csvRows } from '../../csv-rows.ts';
import { SystoleError } from '../../errors.ts';
import { type ExportColumn, type ExportTable, exportTables } from './tables.ts';

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

/** Longest first line that is looked at, in bytes. */
export const longestHead = 16 << 10;

/**
 * Says from its first line which table of an Xcelera export a file is.
 * @param head the beginning of the file, decoded or as one character a byte: column names are plain ASCII
 * @returns undefined for a file that is none
 * @throws SystoleError `labels_invalid` for a table that lacks a column, or has one twice; the column is named
 */
export function detectExport(head: string): ExportLayout | undefined {
  const line = /^(?:\uFEFF|ï»¿)?([^\r\n]*)/.exec(head.slice(0, longestHead))![1]!;
  const separator = separatorOf(line);
  if (separator === undefined) return undefined;
  const names = (csvRows(line, separator)[0]?.cells ?? []).map((cell) => cell.trim().toLowerCase());
  const table = exportTables.find(({ signs }) => signs.every((sign) => names.includes(sign)));
  if (table === undefined) return undefined;
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

/** A table has several columns, so a separator stands in its first line; names hold none of them. */
function separatorOf(line: string): CsvSeparator | undefined {
  return ([';', '\t', ','] as const).find((separator) => line.includes(separator));
}

function positionOf({ name, also }: ExportColumn, names: readonly string[]): number | undefined {
  const position = names.includes(name) || also === undefined ? names.indexOf(name) : names.indexOf(also);
  return position < 0 ? undefined : position;
}

const wrong = ({ name }: ExportTable, what: string): SystoleError =>
  new SystoleError('labels_invalid', `Line 1: the Xcelera table ${name} ${what}.`);
