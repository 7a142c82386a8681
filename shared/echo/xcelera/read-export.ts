import { CsvReader, type CsvRow } from '../../csv-rows.ts';
import { SystoleError } from '../../errors.ts';
import { longestHead } from './detect.ts';
import { type ExportLayout, exportLayout } from './layout.ts';
import type { ColumnType, ExportColumn, ExportTable } from './tables.ts';

/** One row: the line on which it starts, the table's columns, and the file's other columns as text. */
export interface ExportRow {
  readonly line: number;
  readonly values: Readonly<Record<string, ExportValue>>;
  readonly others: Readonly<Record<string, string>> | null;
}

export type ExportValue = number | string | null;

/** Rows that came out of one piece of the file. */
export interface ExportPart {
  readonly table: ExportTable;
  readonly rows: readonly ExportRow[];
}

/** Characters of one row: the database takes rows of 64 KB. */
const longestRow = 16 << 10;

/**
 * Reads one table of an Xcelera export, piece by piece, so that a table of millions of rows needs no more memory than
 * its pieces. As the published system reads it: ISO 8859-2, numbers with a decimal comma (or point), `row_id` left out,
 * rows without any value left out. Cells that are UTF-8 (a table that was stored again by another program) are told
 * by their bytes and read as that.
 *
 * @param pieces the bytes of the file in order, cut anywhere
 * @throws SystoleError `labels_invalid` with the line, and the column where there is one; never with a value
 */
export async function* readExport(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<ExportPart> {
  let head = '';
  let layout: ExportLayout | undefined;
  let reader: CsvReader | undefined;
  for await (const piece of pieces) {
    // One character a byte: cells are decoded when they are whole.
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
    let text = bytes;
    if (layout === undefined || reader === undefined) {
      head += bytes;
      if (head.length < longestHead && !/[\r\n]/.test(head)) continue;
      layout = exportLayout(head);
      reader = new CsvReader(layout.separator);
      text = head.replace(/^ï»¿/, '');
      head = '';
    }
    yield partOf(layout, reader.read(text));
    if (reader.pending > longestRow) throw new SystoleError('labels_invalid', 'A row is too long.');
  }
  if (layout === undefined || reader === undefined) {
    layout = exportLayout(head);
    reader = new CsvReader(layout.separator);
    yield partOf(layout, reader.read(head.replace(/^ï»¿/, '')));
  }
  yield partOf(layout, reader.end());
}

function partOf(layout: ExportLayout, rows: readonly CsvRow[]): ExportPart {
  return {
    table: layout.table,
    rows: rows.flatMap((row) => {
      // The first line names the columns.
      const read = row.line === 1 ? undefined : readRow(layout, row);
      return read === undefined ? [] : [read];
    }),
  };
}

/** @returns undefined for a row without any value */
function readRow(
  { table, positions, others, width }: ExportLayout,
  { line, cells }: CsvRow,
): ExportRow | undefined {
  if (cells.length !== width)
    throw new SystoleError('labels_invalid', `Line ${line}: ${cells.length} cells instead of ${width}.`);
  if (cells.reduce((sum, cell) => sum + cell.length, 0) > longestRow)
    throw new SystoleError('labels_invalid', `Line ${line}: the row is too long.`);
  const present = (position: number | undefined): string | undefined => {
    const cell = position === undefined ? '' : cells[position]!;
    return cell === '' || cell === 'NULL' ? undefined : cell;
  };
  const rest: Record<string, string> = {};
  for (const { name, position } of others) {
    const cell = present(position);
    if (cell !== undefined) rest[name] = decode(cell, name, line);
  }
  const hasRest = Object.keys(rest).length > 0;
  if (!hasRest && positions.every((position) => present(position) === undefined)) return undefined;
  const values: Record<string, ExportValue> = {};
  for (let i = 0; i < table.columns.length; i++) {
    const column = table.columns[i]!;
    const cell = present(positions[i]);
    if (cell === undefined && column.key === true)
      throw new SystoleError('labels_invalid', `Line ${line}: the column ${column.name} is empty.`);
    values[column.name] = cell === undefined ? null : parse(cell, column, line);
  }
  return { line, values, others: hasRest ? rest : null };
}

/** What a cell of each type looks like. Whole numbers that a program has taken for fractions end with `,0`. */
const patterns: Record<Exclude<ColumnType, 'text'>, RegExp> = {
  integer: /^[+-]?\d{1,15}(?:[.,]0*)?$/,
  number: /^[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d{1,3})?$/i,
};

function parse(cell: string, { name, type }: ExportColumn, line: number): ExportValue {
  if (type === 'text') return decode(cell, name, line);
  const text = cell.trim();
  const value = patterns[type].test(text) ? Number(text.replace(',', '.')) : Number.NaN;
  if (!Number.isFinite(value))
    throw new SystoleError('labels_invalid', `Line ${line}: the column ${name} holds no ${nameOf[type]}.`);
  return value;
}

const nameOf: Record<Exclude<ColumnType, 'text'>, string> = { integer: 'whole number', number: 'number' };

const utf8 = new TextDecoder('utf-8', { fatal: true });
const latin2 = new TextDecoder('iso-8859-2');

/** A cell of one character a byte as text. Two letters that make sense as UTF-8 make none as ISO 8859-2. */
function decode(cell: string, column: string, line: number): string {
  if (cell.includes('\0'))
    throw new SystoleError('labels_invalid', `Line ${line}: the column ${column} holds a NUL.`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the bytes of ASCII
  if (/^[\x00-\x7f]*$/.test(cell)) return cell;
  const bytes = Buffer.from(cell, 'latin1');
  try {
    return utf8.decode(bytes);
  } catch {
    return latin2.decode(bytes);
  }
}
