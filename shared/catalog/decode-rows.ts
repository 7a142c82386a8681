import type { ColumnMetadata, Field } from '@aws-sdk/client-rds-data';

/**
 * Rows of the Data API as plain objects by column name. SQL null is null; otherwise:
 *
 *     bool                          boolean
 *     int2, int4, int8              number (RangeError where it would be rounded: select it as text)
 *     float4, float8                number
 *     numeric                       string
 *     json, jsonb                   the value that it holds
 *     timestamp, timestamptz        Date (milliseconds; a timestamp counts as universal time)
 *     bytea                         Uint8Array
 *     arrays                        array of the above
 *     text, uuid, date, time, ...   string
 *
 * @param records asked for with 64-bit integers as text
 * @throws RangeError for an integer beyond 2^53
 */
export function decodeRows<T extends object>(
  records: readonly (readonly Field[])[],
  columns: readonly ColumnMetadata[],
): T[] {
  const decoders = columns.map(({ label, typeName }) => ({ label: label!, decode: decoderOf(typeName!) }));
  return records.map((record) => {
    const row: Record<string, unknown> = {};
    for (const [index, { label, decode }] of decoders.entries())
      row[label] = decodeField(record[index]!, decode);
    return row as T;
  });
}

type Decoder = (value: string | number | boolean | Uint8Array) => unknown;

const keep: Decoder = (value) => value;
const scalars: Record<string, Decoder> = {
  int8: exactInteger,
  json: (value) => JSON.parse(value as string) as unknown,
  jsonb: (value) => JSON.parse(value as string) as unknown,
  timestamp: instant,
  timestamptz: instant,
};
// PostgreSQL's own name for bigserial columns is int8; the service reports how the column was declared.
scalars.bigserial = exactInteger;

/** The name of an array type is that of its elements with a line before it. */
function decoderOf(typeName: string): Decoder {
  return scalars[typeName.replace(/^_/, '')] ?? keep;
}

function decodeField(field: Field, decode: Decoder): unknown {
  if (field.isNull) return null;
  const { arrayValue } = field;
  if (arrayValue === undefined)
    return decode(
      (field.stringValue ?? field.longValue ?? field.doubleValue ?? field.booleanValue ?? field.blobValue)!,
    );
  const elements: readonly (string | number | boolean | null)[] =
    arrayValue.stringValues ??
    arrayValue.longValues ??
    arrayValue.doubleValues ??
    arrayValue.booleanValues ??
    [];
  return elements.map((element) => (element === null ? null : decode(element)));
}

function exactInteger(value: Parameters<Decoder>[0]): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError('an integer beyond 2^53 must be selected as text');
  return number;
}

/** The service leaves the zone out: sessions run in universal time. */
function instant(value: Parameters<Decoder>[0]): Date {
  const text = String(value);
  return new Date(`${text.replace(' ', 'T').replace(/[+-]\d\d$/, '')}Z`);
}
