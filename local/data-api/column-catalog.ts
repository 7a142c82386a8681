import { elementType, type OtherType, scalarType, sizeOf } from './column-types.ts';
import type { TypedColumn } from './result.ts';
import type { Column, Session } from './session.ts';

/** What the catalog says of a column of a table beyond the wire protocol. */
interface Origin {
  readonly name: string;
  readonly table: string;
  readonly nullable: boolean;
  readonly generated: boolean;
}

const unlimited = { row: Number.POSITIVE_INFINITY, result: Number.POSITIVE_INFINITY };

/**
 * What is asked of PostgreSQL's catalogs to describe results. Where nobody else can change the database, answers are
 * kept until a statement changes a table.
 */
export class ColumnCatalog {
  readonly #keeps: boolean;
  readonly #origins = new Map<string, Origin>();
  readonly #types = new Map<number, OtherType>();

  constructor(keeps: boolean) {
    this.#keeps = keeps;
  }

  /** To be called when a table may have changed its shape. */
  forget(): void {
    this.#origins.clear();
    this.#types.clear();
  }

  /** The types among `columns` that are not built in. */
  async otherTypes(session: Session, columns: readonly Column[]): Promise<ReadonlyMap<number, OtherType>> {
    const found = new Map<number, OtherType>();
    const unknown: number[] = [];
    for (const { type } of columns) {
      if (scalarType(type) !== undefined || elementType(type) !== undefined) continue;
      const known = this.#types.get(type);
      if (known === undefined) unknown.push(type);
      else found.set(type, known);
    }
    if (unknown.length === 0) return found;
    const { rows } = await session.execute(typeQuery, [`{${unknown.join(',')}}`], unlimited);
    for (const [identifier, name, kind] of rows) {
      const type = { name: name!, enumeration: kind === 'e' };
      found.set(Number(identifier), type);
      if (this.#keeps) this.#types.set(Number(identifier), type);
    }
    return found;
  }

  /** `columnMetadata` of a result, as JSON text. */
  async metadata(session: Session, columns: readonly TypedColumn[]): Promise<string> {
    const origins = await this.#originsOf(session, columns);
    return JSON.stringify(
      columns.map(({ column, type, array }) => {
        const origin = origins.get(nameOf(column));
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

  async #originsOf(session: Session, columns: readonly TypedColumn[]): Promise<Map<string, Origin>> {
    const found = new Map<string, Origin>();
    const unknown = new Set<number>();
    for (const { column } of columns) {
      if (column.table === 0) continue;
      const known = this.#origins.get(nameOf(column));
      if (known === undefined) unknown.add(column.table);
      else found.set(nameOf(column), known);
    }
    if (unknown.size === 0) return found;
    const { rows } = await session.execute(originQuery, [`{${[...unknown].join(',')}}`], unlimited);
    for (const [table, attribute, name, relation, required, generated] of rows) {
      const origin = {
        name: name!,
        table: relation!,
        nullable: required !== 't',
        generated: generated === 't',
      };
      found.set(`${table}.${attribute}`, origin);
      if (this.#keeps) this.#origins.set(`${table}.${attribute}`, origin);
    }
    return found;
  }
}

const nameOf = ({ table, attribute }: Column): string => `${table}.${attribute}`;

const typeQuery =
  'select oid::int8, typname, typtype::text from pg_catalog.pg_type where oid = any(($1::text)::oid[])';

const originQuery = `select a.attrelid::int8, a.attnum, a.attname, c.relname, a.attnotnull,
    a.attidentity <> '' or coalesce(pg_get_expr(d.adbin, d.adrelid) like 'nextval(%', false)
  from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
  left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attrelid = any(($1::text)::oid[]) and a.attnum > 0`;
