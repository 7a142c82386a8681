import type { ExportTableName } from '../echo/xcelera/tables.ts';
import type { Queries } from './database.ts';

/**
 * Lines of a file whose joined rows one statement makes. Each is looked up in the other tables by index, so what a
 * statement takes does not depend on how many rows there are.
 */
export const linesAtOnce = 10_000;

/** A join that is kept as a table: one or more rows for a row of its driving table. */
interface Join {
  readonly name: string;
  /** The table of whose rows it is made, and the others that these are looked up in. */
  readonly driver: ExportTableName;
  readonly others: readonly ExportTableName[];
  /**
   * Its rows for the rows `t` of the driving table in the file `e`. OFFSET 0 has each row looked up by index, where the
   * planner would rather read a whole table again for every part.
   */
  readonly rows: string;
}

/** Whether exactly one row of a cleaned table has this value within the export, without counting more than two. */
const isOnly = (table: ExportTableName, column: string, value: string): string =>
  `(select count(*) from (select 1 from clean.${table} o where o.folder = e.folder and ${column} = ${value} limit 2) two) = 1`;

const joins: readonly Join[] = [
  {
    name: 'instances_unique_master_list',
    driver: 'instance_filename',
    others: ['a_instance', 'a_studyseries'],
    rows: `select e.folder, s.studyinstanceidk, t.instancedbkey, trimmed.uid, trimmed.file, views.file_of(trimmed.file),
                  t.object_id, t.line
           from parts t join raw.exports e on e.object_id = t.object_id
           cross join lateral (select trim(t.sopinstanceuid), trim(t.instancefilename)) as trimmed(uid, file)
           cross join lateral (
             select i.studyseriesidk from clean.a_instance i
             where i.folder = e.folder and i.sopinstanceuid = trimmed.uid and i.instanceidk = t.instancedbkey offset 0) i
           cross join lateral (
             select distinct s.studyinstanceidk from clean.a_studyseries s
             where s.folder = e.folder and s.studyseriesidk = i.studyseriesidk offset 0) s
           where ${isOnly('instance_filename', 'o.sopinstanceuid', 'trimmed.uid')}
             and ${isOnly('instance_filename', 'o.instanceidk', 't.instancedbkey')}
             and ${isOnly('instance_filename', `coalesce(o.instancefilename, '')`, `coalesce(trimmed.file, '')`)}
             and ${isOnly('a_instance', 'o.sopinstanceuid', 'trimmed.uid')}
             and ${isOnly('a_instance', 'o.instanceidk', 't.instancedbkey')}`,
  },
  {
    name: 'frames_w_labels',
    driver: 'a_measgraphref',
    others: ['a_measgraphic', 'measurement_abstract_rpt'],
    rows: `select e.folder, t.studyidk, coalesce(t.instanceidk, -1), t.indexinmglist, g.frame, m.name, m.unitname, t.value,
                  n.view, n.possible, n.moment, n.chamber, t.object_id, t.line
           from parts t join raw.exports e on e.object_id = t.object_id
           cross join lateral (
             select m.name, m.unitname from clean.measurement_abstract_rpt m
             where m.folder = e.folder and m.studyidk = t.studyidk and m.measabstractnumber = t.measabstractnumber
             offset 0) m
           join views.measurement_names n on n.name = m.name
           cross join lateral (
             select g.frame from clean.a_measgraphic g
             where g.folder = e.folder and g.instanceidk = coalesce(t.instanceidk, -1)
               and g.indexinmglist = t.indexinmglist offset 0) g`,
  },
];

/** A table of which files have begun or ceased to count in an export. */
export interface ChangedTable {
  readonly folder: string;
  readonly table: ExportTableName;
}

/**
 * Makes the joins anew for the exports of which a table has changed, in statements of bounded size; others are left as
 * they are.
 */
export async function makeExportJoins(transaction: Queries, changed: readonly ChangedTable[]): Promise<void> {
  for (const join of joins) {
    const tables = [join.driver, ...join.others];
    const folders = [
      ...new Set(changed.filter(({ table }) => tables.includes(table)).map(({ folder }) => folder)),
    ];
    if (folders.length === 0) continue;
    for (const file of await filesOf(transaction, join, folders))
      for (let line = 0; line < file.lines; line += linesAtOnce)
        await makePart(transaction, join, file.id, line);
    // The views on top of it are planned by its statistics.
    await transaction.query(`analyze views.${join.name}`);
  }
}

/** The files that a join is made of, or was, with the last of their lines that counts or did. */
function filesOf(
  transaction: Queries,
  { name, driver }: Join,
  folders: readonly string[],
): Promise<{ id: number; lines: number }[]> {
  return transaction.query<{ id: number; lines: number }>(
    `select * from (
       select e.object_id as id,
              greatest((select max(made.line) from views.${name} made where made.object_id = e.object_id),
                       case when e.state = 'current' then
                         (select max(t.line) from raw.${driver} t where t.object_id = e.object_id) end) as lines
       from raw.exports e
       where e.table_name = :driver and e.folder in (select jsonb_array_elements_text(:folders::jsonb))
         and e.state in ('current', 'superseded')
     ) files where lines > 0 order by id`,
    { driver, folders: JSON.stringify(folders) },
  );
}

async function makePart(transaction: Queries, join: Join, id: number, line: number): Promise<void> {
  await transaction.query(
    `with gone as (
       delete from views.${join.name} where object_id = :id and line > :line and line <= :last
     ), parts as materialized (
       select t.* from raw.${join.driver} t join raw.exports e on e.object_id = t.object_id
       where t.object_id = :id and t.line > :line and t.line <= :last and e.state = 'current'
     )
     insert into views.${join.name} ${join.rows}`,
    { id, line, last: line + linesAtOnce },
  );
}
