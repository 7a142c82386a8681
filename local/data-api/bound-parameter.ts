import { dataApiError } from './data-api-error.ts';
import type { Parameter } from './request.ts';

/** A parameter ready for the wire: PostgreSQL text and the type it is sent as (none for an untyped null). */
export interface BoundParameter {
  readonly text: string | null;
  readonly type: string;
}

/** Accepted text of a hinted value (RDS Data API reference, `SqlParameter.typeHint`) and the type it becomes. */
const hints = {
  DATE: { type: 'date', form: /^\d{4}-\d\d-\d\d$/ },
  DECIMAL: { type: 'numeric', form: /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/ },
  JSON: { type: 'json', form: /^/ },
  TIME: { type: 'time', form: /^\d\d:\d\d:\d\d(\.\d{1,3})?$/ },
  TIMESTAMP: { type: 'timestamp', form: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,3})?$/ },
  UUID: { type: 'uuid', form: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i },
} as const;

/**
 * Types a parameter as the Data API does: by the member that is set, a string by its hint. A string for a column of
 * another type therefore fails without its hint or a cast in the SQL, here as on AWS.
 * @throws ServiceError for an array, several members or none, or text that does not fit its hint.
 */
export function bindParameter({ name, value, typeHint }: Parameter): BoundParameter {
  if (value.arrayValue != null)
    throw dataApiError('BadRequestException', 'Array parameters are not supported.');
  const set = Object.values(value).filter((member) => member != null).length;
  if (set !== 1) throw dataApiError('BadRequestException', `Parameter "${name}" must have one value set.`);
  const hint = typeHint == null ? undefined : hints[typeHint];
  if (value.isNull != null) {
    if (!value.isNull)
      throw dataApiError('BadRequestException', `Parameter "${name}" has value with no field set`);
    return { text: null, type: hint?.type ?? '' };
  }
  if (value.stringValue != null) {
    if (hint === undefined) return { text: value.stringValue, type: 'text' };
    if (!hint.form.test(value.stringValue))
      throw dataApiError('BadRequestException', `Parameter "${name}" is not a valid ${typeHint}.`);
    return { text: value.stringValue, type: hint.type };
  }
  if (value.booleanValue != null) return { text: String(value.booleanValue), type: 'bool' };
  if (value.longValue != null) return { text: BigInt(value.longValue).toString(), type: 'int8' };
  if (value.doubleValue != null) return { text: String(value.doubleValue), type: 'float8' };
  return { text: `\\x${Buffer.from(value.blobValue!, 'base64').toString('hex')}`, type: 'bytea' };
}
