/** How the Data API returns a value: which member of `Field` it sets, or which list of `ArrayValue`. */
export type FieldKind = 'boolean' | 'long' | 'bigint' | 'double' | 'decimal' | 'string' | 'blob';

export interface ColumnType {
  readonly name: string;
  readonly kind: FieldKind;
  /** Type code of java.sql.Types, which `ColumnMetadata.type` carries. */
  readonly code: number;
  readonly precision: number;
  readonly scale: number;
  readonly signed: boolean;
}

function type(
  name: string,
  kind: FieldKind,
  code: number,
  precision: number,
  scale = 0,
  signed = false,
): ColumnType {
  return { name, kind, code, precision, scale, signed };
}

const unlimited = 2_147_483_647;

/**
 * The scalar types that the Data API returns, by object identifier (pg_type.dat), as its operations reference lists
 * them, with timestamptz, which it returns too. Every other type is an UnsupportedResultException there.
 */
const scalars = new Map<number, ColumnType>([
  [16, type('bool', 'boolean', -7, 1)],
  [17, type('bytea', 'blob', -2, unlimited)],
  [19, type('name', 'string', 12, unlimited)],
  [20, type('int8', 'bigint', -5, 19, 0, true)],
  [21, type('int2', 'long', 5, 5, 0, true)],
  [23, type('int4', 'long', 4, 10, 0, true)],
  [25, type('text', 'string', 12, unlimited)],
  [114, type('json', 'string', 1111, unlimited)],
  [650, type('cidr', 'string', 1111, unlimited)],
  [700, type('float4', 'double', 7, 8, 8, true)],
  [701, type('float8', 'double', 8, 17, 17, true)],
  [869, type('inet', 'string', 1111, unlimited)],
  [1042, type('bpchar', 'string', 1, unlimited)],
  [1043, type('varchar', 'string', 12, unlimited)],
  [1082, type('date', 'string', 91, 13)],
  [1083, type('time', 'string', 92, 15, 6)],
  [1114, type('timestamp', 'string', 93, 29, 6)],
  [1184, type('timestamptz', 'string', 93, 35, 6)],
  [1700, type('numeric', 'decimal', 2, 0, 0, true)],
  [2950, type('uuid', 'string', 1111, unlimited)],
  [3802, type('jsonb', 'string', 1111, unlimited)],
]);

/** Object identifier of the array type of each scalar type that may come in arrays. */
const elementOfArray = new Map<number, number>([
  [1000, 16],
  [1003, 19],
  [1005, 21],
  [1007, 23],
  [1009, 25],
  [1014, 1042],
  [1015, 1043],
  [1016, 20],
  [1021, 700],
  [1022, 701],
  [1115, 1114],
  [1182, 1082],
  [1183, 1083],
  [1231, 1700],
  [199, 114],
  [2951, 2950],
]);

/** The type of a scalar column; undefined when the Data API does not return it. */
export function scalarType(identifier: number): ColumnType | undefined {
  return scalars.get(identifier);
}

/** The type of the elements of an array column; undefined when it is none that the Data API returns. */
export function elementType(identifier: number): ColumnType | undefined {
  const element = elementOfArray.get(identifier);
  return element === undefined ? undefined : scalars.get(element);
}

/** A type that is not built in. */
export interface OtherType {
  readonly name: string;
  readonly enumeration: boolean;
}

/** The type of a column of an enumeration; undefined for any other type that is not built in. */
export function enumerationType(other: OtherType | undefined): ColumnType | undefined {
  return other?.enumeration ? type(other.name, 'string', 12, unlimited) : undefined;
}

/** Precision and scale from a type modifier: numeric(p, s), varchar(n), char(n). */
export function sizeOf(
  identifier: number,
  { precision, scale }: ColumnType,
  modifier: number,
): { precision: number; scale: number } {
  if (modifier < 4) return { precision, scale };
  if (identifier === 1700)
    return { precision: ((modifier - 4) >> 16) & 0xffff, scale: (modifier - 4) & 0x7ff };
  if (identifier === 1042 || identifier === 1043) return { precision: modifier - 4, scale };
  return { precision, scale };
}
