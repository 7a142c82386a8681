import { type ColumnType, elementType, enumType, scalarType, sizeOf } from './column-types.ts';
import type { TypedColumn } from './result.ts';
import type { Column, Session } from './session.ts';

/** What the catalog says of the columns of a result beyond the wire protocol. */
interface Origin {
  readonly name: string;
  readonly table: string;
  readonly nullable: boolean;
  readonly generated: boolean;
}

const unlimited = { row: Number.POSITIVE_INFINITY, result: Number.POSITIVE_INFINITY };

/** Names and kinds of the types among `columns` that are not built in; empty when there are none. */
export async function lookUpTypes(
  session: Session,
  columns: readonly Column[],
): Promise<{ enumerations: Map<number, ColumnType>; nameOf: (type: number) => string }> {
  const enumerations = new Map<number, ColumnType>();
  const names = new Map<number, string>();
  const unknown = columns.map(({ type }) => type).filter((type) => !scalarType(type) && !elementType(type));
  if (unknown.length > 0) {
    const { rows } = await session.execute(
      'select oid::int8, typname, typtype::text from pg_catalog.pg_type where oid = any(($1::text)::oid[])',
      [`{${unknown.join(',')}}`],
      unlimited,
    );
    for (const [type, name, kind] of rows) {
      names.set(Number(type), name!);
      if (kind === 'e') enumerations.set(Number(type), enumType(name!));
    }
  }
  return { enumerations, nameOf: (type) => names.get(type) ?? `${type}` };
}

/** `columnMetadata` of a result, as JSON text. */
export async function metadataOf(session: Session, columns: readonly TypedColumn[]): Promise<string> {
  const origins = await lookUpOrigins(session, columns);
  return JSON.stringify(
    columns.map(({ column, type, array }) => {
      const origin = origins.get(`${column.table}.${column.attribute}`);
      return {
        arrayBaseColumnType: 0,
        isAutoIncrement: origin?.generated ?? false,
        isCaseSensitive: type.kind === 'string',
        isCurrency: false,
        isSigned: type.signed,
        label: column.name,
        name: origin?.name ?? column.name,
        nullable: origin === undefined ? 2 : origin.nullable ? 1 : 0,
        ...sizeOf(column.type, type, column.modifier),
        schemaName: '',
        tableName: origin?.table ?? '',
        type: array ? 2003 : type.code,
        typeName: array ? `_${type.name}` : type.name,
      };
    }),
  );
}

async function lookUpOrigins(
  session: Session,
  columns: readonly TypedColumn[],
): Promise<Map<string, Origin>> {
  const tables = new Set(columns.map(({ column }) => column.table).filter((table) => table !== 0));
  if (tables.size === 0) return new Map();
  const { rows } = await session.execute(
    `select a.attrelid::int8, a.attnum, a.attname, c.relname, a.attnotnull,
       a.attidentity <> '' or coalesce(pg_get_expr(d.adbin, d.adrelid) like 'nextval(%', false)
     from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
     left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attrelid = any(($1::text)::oid[]) and a.attnum > 0`,
    [`{${[...tables].join(',')}}`],
    unlimited,
  );
  return new Map(
    rows.map(([table, attribute, name, relation, required, generated]) => [
      `${table}.${attribute}`,
      { name: name!, table: relation!, nullable: required !== 't', generated: generated === 't' },
    ]),
  );
}
