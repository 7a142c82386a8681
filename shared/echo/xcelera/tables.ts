/** What a column holds; the empty cell is null for all of them. */
export type ColumnType = 'integer' | 'number' | 'text';

export interface ExportColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** A table without this column is not read. */
  readonly required?: true;
  /** Rows join by it: it may not be empty. */
  readonly key?: true;
  /** Another name under which an export has it. */
  readonly also?: string;
}

/** A table of an Xcelera export: the columns that Systole uses. Others are kept beside them as they are. */
export interface ExportTable {
  readonly name: ExportTableName;
  /** Columns that, together, only this table has: a file with them is this table, complete or not. */
  readonly signs: readonly string[];
  readonly columns: readonly ExportColumn[];
}

export type ExportTableName =
  | 'measurement_abstract_rpt'
  | 'a_measgraphref'
  | 'a_measgraphic'
  | 'a_modvolume'
  | 'instance_filename'
  | 'dm_spain_view_study_summary'
  | 'a_instance'
  | 'a_studyseries';

const key = (name: string, also?: string): ExportColumn => ({
  name,
  type: 'integer',
  required: true,
  key: true,
  ...(also === undefined ? {} : { also }),
});
const required = (name: string, type: ColumnType = 'text'): ExportColumn => ({ name, type, required: true });
const optional = (name: string, type: ColumnType = 'text'): ExportColumn => ({ name, type });

/**
 * The tables that usal_echo's ground truth is made from, with its column names in lower case. The first table whose
 * signs a file has is what the file is, so a table stands before those whose signs it shares.
 */
export const exportTables: readonly ExportTable[] = [
  {
    name: 'measurement_abstract_rpt',
    signs: ['measabstractnumber', 'unitname'],
    columns: [key('studyidk', 'studyid'), key('measabstractnumber'), required('name'), required('unitname')],
  },
  {
    name: 'a_measgraphref',
    signs: ['measabstractnumber', 'indexinmglist'],
    columns: [
      key('studyidk'),
      key('measabstractnumber'),
      required('instanceidk', 'integer'),
      key('indexinmglist'),
      optional('value', 'number'),
      optional('srinstanceidk', 'integer'),
      optional('imagesopinstanceuid'),
      optional('measurementuid'),
    ],
  },
  {
    name: 'a_modvolume',
    signs: ['indexinmglist', 'chordsequence'],
    columns: [
      key('instanceidk'),
      key('indexinmglist'),
      key('chordsequence'),
      required('chordtype'),
      required('x1coordinate', 'number'),
      required('y1coordinate', 'number'),
      required('x2coordinate', 'number'),
      required('y2coordinate', 'number'),
    ],
  },
  {
    name: 'a_measgraphic',
    signs: ['indexinmglist', 'frame'],
    columns: [key('instanceidk'), key('indexinmglist'), required('frame', 'integer')],
  },
  {
    name: 'instance_filename',
    signs: ['instancefilename', 'instancedbkey'],
    columns: [
      key('instancedbkey'),
      required('seriesdbkey', 'integer'),
      required('instancefilename'),
      required('sopinstanceuid'),
    ],
  },
  {
    name: 'dm_spain_view_study_summary',
    signs: ['findingcode', 'equipment'],
    columns: [
      key('studyidk', 'studyid'),
      required('age', 'number'),
      required('patientweight', 'number'),
      required('patientheight', 'number'),
      required('gender'),
      required('findingcode'),
      required('equipment'),
    ],
  },
  {
    name: 'a_instance',
    signs: ['instanceidk', 'sopinstanceuid'],
    columns: [key('instanceidk'), required('sopinstanceuid'), key('studyseriesidk')],
  },
  {
    name: 'a_studyseries',
    signs: ['studyseriesidk', 'studyinstanceidk'],
    columns: [key('studyseriesidk'), key('studyinstanceidk')],
  },
];
