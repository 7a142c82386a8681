import { type ExportTableName, exportTables } from '../../../../shared/echo/xcelera/tables.ts';

/** One chord of a contour, in pixels. */
export interface Chord {
  readonly type: 'Eje largo' | 'Disco';
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
}

/** Something measured on one frame of an instance. */
export interface Measured {
  readonly name: string;
  readonly unit?: string;
  readonly frame: number;
  readonly value?: number;
  readonly chords?: readonly Chord[];
}

export interface ExportedInstance {
  readonly study: number;
  readonly instance: number;
  readonly sopInstanceUid: string;
  readonly file: string;
  readonly measured: readonly Measured[];
}

export interface ExportedStudy {
  readonly study: number;
  readonly equipment: string;
  readonly age?: number | '';
  readonly weight?: number | '';
  readonly height?: number | '';
  readonly gender?: string;
  readonly findings?: string;
}

/**
 * The chords of an ellipse: the long axis from its apex, then discs from the apex to the base.
 * @param halfLength along the long axis, `halfWidth` across, both in pixels
 * @param angle of the long axis against the column axis, radians
 */
export function ellipseChords(
  [x, y]: readonly [x: number, y: number],
  halfLength: number,
  halfWidth: number,
  angle = 0,
  discs = 20,
): Chord[] {
  const along = [Math.sin(angle), Math.cos(angle)] as const;
  const across = [Math.cos(angle), -Math.sin(angle)] as const;
  const at = (l: number, w: number) =>
    [x + l * along[0] + w * across[0], y + l * along[1] + w * across[1]] as const;
  const chords: Chord[] = [{ type: 'Eje largo', from: at(-halfLength, 0), to: at(halfLength, 0) }];
  for (let disc = 0; disc < discs; disc++) {
    const l = halfLength * (((disc + 0.5) / discs) * 2 - 1);
    const w = halfWidth * Math.sqrt(1 - (l / halfLength) ** 2);
    chords.push({ type: 'Disco', from: at(l, -w), to: at(l, w) });
  }
  return chords;
}

type Cell = string | number;
type Rows = Record<ExportTableName, Cell[][]>;

/** The rows of an export in the order of `exportTables`' columns, with the duplicates that real ones have added by hand. */
export function exportRows(studies: readonly ExportedStudy[], instances: readonly ExportedInstance[]): Rows {
  const rows = Object.fromEntries(exportTables.map(({ name }) => [name, [] as Cell[][]])) as Rows;
  for (const s of studies)
    rows.dm_spain_view_study_summary.push([
      s.study,
      s.age ?? 61,
      s.weight ?? 72.5,
      s.height ?? 168,
      s.gender ?? 'F',
      s.findings ?? 'I10, I34',
      s.equipment,
    ]);
  const abstracts = new Map<number, number>();
  instances.forEach(({ study, instance, sopInstanceUid, file, measured }, n) => {
    const series = 500_000 + n;
    rows.instance_filename.push([instance, series, `${file} `, sopInstanceUid]);
    rows.a_instance.push([instance, sopInstanceUid, series]);
    rows.a_studyseries.push([series, study]);
    measured.forEach(({ name, unit = 'ml', frame, value = '', chords = [] }, index) => {
      const number = (abstracts.get(study) ?? 0) + 1;
      abstracts.set(study, number);
      rows.measurement_abstract_rpt.push([study, number, ` ${name} `, unit]);
      rows.a_measgraphref.push([
        study,
        number,
        instance,
        index,
        value,
        '',
        sopInstanceUid,
        `1.2.3.${number}`,
      ]);
      rows.a_measgraphic.push([instance, index, frame]);
      chords.forEach(({ type, from, to }, sequence) => {
        rows.a_modvolume.push([instance, index, sequence, `${type}   `, ...from, ...to]);
      });
    });
  });
  return rows;
}

const latin2 = new Map(
  Array.from({ length: 256 }, (_, byte) => [new TextDecoder('iso-8859-2').decode(Uint8Array.of(byte)), byte]),
);

/** Text in ISO 8859-2. */
export const inLatin2 = (text: string): Buffer =>
  Buffer.from([...text].map((character) => latin2.get(character) ?? '?'.charCodeAt(0)));

export interface TableForm {
  readonly separator?: ',' | ';';
  readonly encode?: (text: string) => Buffer;
}

/** A table as the hospital's software writes it: `ROW_ID` first, upper-case names, decimal commas in quotes. */
export function exportCsv(
  name: ExportTableName,
  rows: readonly (readonly Cell[])[],
  { separator = ',', encode = inLatin2 }: TableForm = {},
): Buffer {
  const { columns } = exportTables.find((table) => table.name === name)!;
  const written = (cell: Cell): string => {
    const text = typeof cell === 'number' ? String(cell).replace('.', ',') : cell;
    return text.includes(separator) || /["\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const names = columns.map(({ name: column, also }) => (also ?? column).toUpperCase());
  const body = rows.map((cells, i) => [String(i + 1), ...cells.map(written)].join(separator));
  return encode(`${[['ROW_ID', ...names].join(separator), ...body].join('\r\n')}\r\n`);
}

/** All tables of an export by their file names. */
export const exportFiles = (rows: Rows, form: TableForm = {}): Map<string, Buffer> =>
  new Map(exportTables.map(({ name }) => [`${name}.csv`, exportCsv(name, rows[name], form)]));
