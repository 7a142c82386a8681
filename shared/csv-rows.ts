/** One row of a CSV text. */
export interface CsvRow {
  /** The line on which it starts, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export type CsvSeparator = ',' | ';' | '\t';

/** The rows of a CSV text that is there as a whole, as CsvReader reads them. */
export function csvRows(text: string, separator: CsvSeparator): CsvRow[] {
  const reader = new CsvReader(separator);
  return [...reader.read(text), ...reader.end()];
}

/**
 * Reads the rows of a CSV text (RFC 4180) that comes in pieces of any length. Cells in double quotes may hold
 * separators, line ends and doubled quotes; others are trimmed. Empty lines are left out, and so is a byte-order mark. A
 * quote that is never closed reaches to the end.
 */
export class CsvReader {
  readonly #separator: CsvSeparator;
  #cells: string[] = [];
  #cell = '';
  #quoted = false;
  /** Inside quotes the last character was a quote: the closing one, or the first of two. */
  #quoteSeen = false;
  #wasQuoted = false;
  #line = 1;
  #started = 1;
  #atStart = true;

  constructor(separator: CsvSeparator) {
    this.#separator = separator;
  }

  /** Characters of the row that has begun: what an unclosed quote makes grow. */
  get pending(): number {
    return this.#cells.reduce((sum, cell) => sum + cell.length, this.#cell.length);
  }

  /** @returns the rows that this piece completes */
  read(text: string): CsvRow[] {
    const rows: CsvRow[] = [];
    let i = 0;
    if (this.#atStart && text.length > 0) {
      this.#atStart = false;
      if (text.startsWith('\uFEFF')) i = 1;
    }
    while (i < text.length) {
      if (this.#quoted) i = this.#readQuoted(text, i);
      else i = this.#readPlain(text, i, rows);
    }
    return rows;
  }

  /** @returns the last row, where no line end follows it */
  end(): CsvRow[] {
    const rows: CsvRow[] = [];
    this.#endRow(rows);
    return rows;
  }

  #readQuoted(text: string, start: number): number {
    if (this.#quoteSeen) {
      this.#quoteSeen = false;
      if (text[start] !== '"') {
        this.#quoted = false;
        return start;
      }
      this.#cell += '"';
      return start + 1;
    }
    const quote = text.indexOf('"', start);
    const end = quote < 0 ? text.length : quote;
    const part = text.slice(start, end);
    this.#cell += part;
    for (let at = part.indexOf('\n'); at >= 0; at = part.indexOf('\n', at + 1)) this.#line++;
    this.#quoteSeen = quote >= 0;
    return quote < 0 ? end : end + 1;
  }

  #readPlain(text: string, start: number, rows: CsvRow[]): number {
    const separator = this.#separator;
    let end = start;
    let character = text[end]!;
    while (character !== separator && character !== '\n' && character !== '"') {
      if (++end === text.length) break;
      character = text[end]!;
    }
    const part = text.slice(start, end);
    this.#cell += this.#wasQuoted ? part.replace(/\s+/g, '') : part;
    if (end === text.length) return end;
    if (character === separator) this.#endCell();
    else if (character === '\n') {
      this.#line++;
      this.#endRow(rows);
    } else if (this.#cell.trim() === '') {
      this.#quoted = true;
      this.#wasQuoted = true;
      this.#cell = '';
    } else this.#cell += '"';
    return end + 1;
  }

  #endCell(): void {
    this.#cells.push(this.#wasQuoted ? this.#cell : this.#cell.trim());
    this.#cell = '';
    this.#wasQuoted = false;
  }

  #endRow(rows: CsvRow[]): void {
    this.#quoted = false;
    this.#quoteSeen = false;
    this.#endCell();
    if (this.#cells.length > 1 || this.#cells[0] !== '')
      rows.push({ line: this.#started, cells: this.#cells });
    this.#cells = [];
    this.#started = this.#line;
  }
}
