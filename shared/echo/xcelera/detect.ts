import { type CsvSeparator, csvRows } from '../../csv-rows.ts';
import { type ExportTable, exportTables } from './tables.ts';

/** Longest first line that is looked at, in bytes. */
export const longestHead = 16 << 10;

/** The first line of a file: the names of its columns in lower case, where it is one of a table. */
export interface ExportHead {
  readonly separator: CsvSeparator;
  readonly names: readonly string[];
  readonly table: ExportTable;
}

/**
 * Says from its first line which table of an Xcelera export a file is.
 * @param head the beginning of the file, as text of one character a byte: column names are plain ASCII
 * @returns undefined for a file that is none
 */
export function detectExport(head: string): ExportHead | undefined {
  const line = /^(?:\uFEFF|ï»¿)?([^\r\n]*)/.exec(head.slice(0, longestHead))![1]!;
  // A table has several columns, so a separator stands in its first line; names hold none of them.
  const separator = ([';', '\t', ','] as const).find((mark) => line.includes(mark));
  if (separator === undefined) return undefined;
  const names = (csvRows(line, separator)[0]?.cells ?? []).map((cell) => cell.trim().toLowerCase());
  const table = exportTables.find(({ signs }) => signs.every((sign) => names.includes(sign)));
  return table === undefined ? undefined : { separator, names, table };
}
