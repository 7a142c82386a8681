import type { SqlParameter } from '@aws-sdk/client-rds-data';

/** A value that goes to the database. Objects and arrays go as JSON text: write `:name::jsonb`. */
export type ParameterValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly unknown[]
  | { readonly [key: string]: unknown };

export type Parameters = Readonly<Record<string, ParameterValue>>;

/**
 * Types parameters as the Data API wants them. What PostgreSQL then sees:
 *
 *     string              text; anything else needs a cast in the statement (`:id::uuid`, `:at::timestamptz`)
 *     integral number     bigint
 *     other number        double precision
 *     bigint              text, since JSON numbers end at 2^53: `:size::bigint`
 *     boolean             boolean
 *     Date                timestamp in universal time, milliseconds
 *     Uint8Array          bytea
 *     null                null of whatever type is wanted
 *     object, array       JSON text: `:rows::jsonb`
 */
export function encodeParameters(parameters: Parameters): SqlParameter[] {
  return Object.entries(parameters).map(([name, value]) => ({ name, ...encode(value) }));
}

function encode(value: ParameterValue): Pick<SqlParameter, 'value' | 'typeHint'> {
  if (value === null) return { value: { isNull: true } };
  switch (typeof value) {
    case 'string':
      return { value: { stringValue: value } };
    case 'boolean':
      return { value: { booleanValue: value } };
    case 'bigint':
      return { value: { stringValue: value.toString() } };
    case 'number':
      return { value: Number.isSafeInteger(value) ? { longValue: value } : { doubleValue: value } };
    default:
      break;
  }
  if (value instanceof Date) {
    const text = value.toISOString().replace('T', ' ').replace('Z', '');
    return { value: { stringValue: text }, typeHint: 'TIMESTAMP' };
  }
  if (value instanceof Uint8Array) return { value: { blobValue: value } };
  return { value: { stringValue: JSON.stringify(value) } };
}
