import { elementsOf } from './array-text.ts';
import { type ColumnType, elementType, enumerationType, type OtherType, scalarType } from './column-types.ts';
import { dataApiError } from './data-api-error.ts';
import type { Column, Row } from './session.ts';

export interface ResultOptions {
  /** DECIMAL as text (the default) or as a number. */
  readonly decimals: 'STRING' | 'DOUBLE_OR_LONG';
  /** 64-bit integers as a number (the default) or as text. */
  readonly longs: 'LONG' | 'STRING';
}

/** A column with the type it is returned as. */
export interface TypedColumn {
  readonly column: Column;
  readonly type: ColumnType;
  readonly array: boolean;
}

/**
 * Finds how each column is returned.
 * @param types those among the columns' types that are not built in (ColumnCatalog)
 * @throws ServiceError UnsupportedResultException
 */
export function typeColumns(
  columns: readonly Column[],
  types: ReadonlyMap<number, OtherType>,
): TypedColumn[] {
  return columns.map((column) => {
    const scalar = scalarType(column.type) ?? enumerationType(types.get(column.type));
    if (scalar !== undefined) return { column, type: scalar, array: false };
    const element = elementType(column.type);
    if (element !== undefined) return { column, type: element, array: true };
    throw unsupported(types.get(column.type)?.name ?? String(column.type));
  });
}

/** JSON text of `records`: an array of rows, each an array of Field. */
export function recordsOf(
  columns: readonly TypedColumn[],
  rows: readonly Row[],
  options: ResultOptions,
): string {
  return `[${rows
    .map((row) => `[${columns.map((column, index) => fieldOf(row[index]!, column, options)).join(',')}]`)
    .join(',')}]`;
}

/** JSON text of the value of `formattedRecords` before it becomes a string: an array of objects by column label. */
export function formattedRecordsOf(columns: readonly TypedColumn[], rows: readonly Row[]): string {
  const labels = columns.map(({ column }) => JSON.stringify(column.name));
  return `[${rows
    .map(
      (row) =>
        `{${columns.map((column, index) => `${labels[index]}:${plainValueOf(row[index]!, column)}`).join(',')}}`,
    )
    .join(',')}]`;
}

function fieldOf(text: string | null, { type, array }: TypedColumn, options: ResultOptions): string {
  if (text === null) return '{"isNull":true}';
  if (array) return `{"arrayValue":${arrayOf(text, type, options)}}`;
  const member = memberOf(type, text, options);
  return `{"${member}":${jsonOf(text, type, member)}}`;
}

function arrayOf(text: string, type: ColumnType, options: ResultOptions): string {
  const elements = elementsOf(text);
  if (elements === undefined) throw unsupported(`_${type.name} of several dimensions`);
  // All elements of a list have one type, whatever a single one would allow.
  const member = memberOf(type, '0.5', options);
  const values = elements.map((element) => (element === null ? 'null' : jsonOf(element, type, member)));
  return `{"${member}s":[${values.join(',')}]}`;
}

type Member = 'booleanValue' | 'longValue' | 'doubleValue' | 'stringValue' | 'blobValue';

function memberOf(type: ColumnType, text: string, { decimals, longs }: ResultOptions): Member {
  switch (type.kind) {
    case 'boolean':
      return 'booleanValue';
    case 'long':
      return 'longValue';
    case 'bigint':
      return longs === 'LONG' ? 'longValue' : 'stringValue';
    case 'double':
      return 'doubleValue';
    case 'decimal':
      if (decimals === 'STRING') return 'stringValue';
      return /^-?\d+$/.test(text) ? 'longValue' : 'doubleValue';
    case 'blob':
      return 'blobValue';
    case 'string':
      return 'stringValue';
  }
}

/** JSON text of one value. Numbers are handed on as PostgreSQL wrote them, so that none is rounded on the way. */
function jsonOf(text: string, type: ColumnType, member: Member): string {
  switch (member) {
    case 'booleanValue':
      return text === 't' ? 'true' : 'false';
    case 'longValue':
      return text;
    case 'doubleValue':
      return /^-?[\d.]/.test(text) ? text : JSON.stringify(text);
    case 'blobValue':
      return JSON.stringify(base64Of(text));
    case 'stringValue':
      return JSON.stringify(type.name === 'timestamptz' ? inUniversalTime(text) : text);
  }
}

function plainValueOf(text: string | null, { type, array }: TypedColumn): string {
  if (text === null) return 'null';
  const options: ResultOptions = { decimals: 'DOUBLE_OR_LONG', longs: 'LONG' };
  if (!array) return jsonOf(text, type, memberOf(type, text, options));
  const elements = elementsOf(text);
  if (elements === undefined) throw unsupported(`_${type.name} of several dimensions`);
  const values = elements.map((element) =>
    element === null ? 'null' : jsonOf(element, type, memberOf(type, element, options)),
  );
  return `[${values.join(',')}]`;
}

function base64Of(text: string): string {
  return Buffer.from(text.slice(2), 'hex').toString('base64');
}

/** The Data API gives instants in universal time without saying so; sessions run in it. */
function inUniversalTime(text: string): string {
  return text.replace(/\+00$/, '');
}

function unsupported(name: string) {
  return dataApiError(
    'UnsupportedResultException',
    `The result contains the unsupported data type ${name.replace(/^_/, '')}.`,
  );
}
