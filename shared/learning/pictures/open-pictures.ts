import { csvRows } from '../../csv-rows.ts';
import { blankOutside, pictureArea } from '../../echo/frames/picture-area.ts';
import type { FramePreprocessing } from '../../echo/preprocessing.ts';
import { SystoleError } from '../../errors.ts';
import type { Folder } from '../../storage/folder.ts';
import type { LabelledPicture, PictureDataset, PictureEntry } from './picture-dataset.ts';
import type { SegmentationExperiment, ViewExperiment } from './picture-experiment.ts';
import { type GreyPicture, readGreyPng } from './read-grey-png.ts';

type MaskedData = Extract<SegmentationExperiment['data'], { kind: 'masks' }>;
type LabelledData = Extract<ViewExperiment['data'], { kind: 'labels' }>;

/** One picture of a table. */
interface Row extends PictureEntry {
  /** Its line in the table, for messages: a path may name a patient. */
  readonly line: number;
  readonly image: string;
  /** The value of each column, and of `frame`. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * Pictures with a mask each (PNG), by a table.
 * @param folder where the table and the pictures lie
 * @param classes labels are their indices
 * @throws SystoleError `labels_invalid` naming the line; later, from `picture`, also `picture_syntax`, `object_absent`
 */
export async function openMaskedPictures(
  folder: Folder,
  { maskValues }: Pick<MaskedData, 'maskValues'>,
  set: MaskedData['train'],
  classes: readonly string[],
  preprocessing: FramePreprocessing,
): Promise<PictureDataset> {
  const labelOf = new Int16Array(256).fill(-1);
  for (const [value, name] of Object.entries(maskValues)) labelOf[Number(value)] = classes.indexOf(name);
  const rows = (await tableRows(folder, set)).map((row) => ({ ...row, ...ejectionFractionOf(row, set) }));
  return {
    pictures: rows,
    async picture(index) {
      const row = rows[index]!;
      const [image, mask] = await Promise.all([
        readPicture(folder, row.image, row.line),
        readPicture(folder, filled(set.mask, row), row.line),
      ]);
      if (image.rows !== mask.rows || image.columns !== mask.columns)
        throw new SystoleError('labels_invalid', `Line ${row.line}: image and mask differ in size.`);
      const labels = mask.grey.map((value) => {
        const label = labelOf[value]!;
        if (label < 0)
          throw new SystoleError('labels_invalid', `Line ${row.line}: the mask holds ${value}, no class.`);
        return label;
      });
      return { ...blanked(image, preprocessing), labels };
    },
  };
}

/**
 * Pictures with a class each, by a table.
 * @throws SystoleError as `openMaskedPictures`
 */
export async function openLabelledPictures(
  folder: Folder,
  set: LabelledData['train'],
  classes: readonly string[],
  preprocessing: FramePreprocessing,
): Promise<PictureDataset> {
  const rows = await tableRows(folder, set);
  const labels = rows.map((row) => {
    const label = classes.indexOf(cell(row, set.label));
    if (label < 0)
      throw new SystoleError('labels_invalid', `Line ${row.line}: the label is none of classes.`);
    return Uint8Array.of(label);
  });
  return {
    pictures: rows,
    async picture(index) {
      const { image, line } = rows[index]!;
      const picture = await readPicture(folder, image, line);
      return { ...blanked(picture, preprocessing), labels: labels[index]! };
    },
  };
}

type TableSet = Pick<MaskedData['train'], 'table' | 'rows' | 'frames' | 'image' | 'patient'>;

async function tableRows(folder: Folder, set: TableSet): Promise<Row[]> {
  const bytes = await folder.read(set.table);
  if (bytes === undefined) throw new SystoleError('labels_invalid', 'There is no table of that name.');
  const text = new TextDecoder().decode(bytes);
  const [head, ...body] = csvRows(text, text.slice(0, text.search(/[\r\n]|$/)).includes(';') ? ';' : ',');
  if (head === undefined) throw new SystoleError('labels_invalid', 'There are no rows.');
  const rows: Row[] = [];
  for (const { line, cells } of body) {
    if (cells.length !== head.cells.length)
      throw new SystoleError(
        'labels_invalid',
        `Line ${line}: ${cells.length} cells instead of ${head.cells.length}.`,
      );
    const values = new Map(head.cells.map((name, column) => [name, cells[column]!]));
    const wanted = Object.entries(set.rows ?? {}).every(
      ([column, value]) => cell({ values, line }, column) === value,
    );
    if (!wanted) continue;
    const patient = set.patient === undefined ? `line ${line}` : cell({ values, line }, set.patient);
    for (const frame of set.frames ?? [undefined]) {
      const own = {
        line,
        patient,
        values: frame === undefined ? values : new Map([...values, ['frame', frame]]),
      };
      rows.push({ ...own, image: filled(set.image, own) });
    }
  }
  if (rows.length === 0) throw new SystoleError('labels_invalid', 'The table has no row for this set.');
  return rows;
}

/** A pattern with a row's values in it. */
function filled(pattern: string, row: Pick<Row, 'values' | 'line'>): string {
  return pattern.replace(/\{([^{}]+)\}/g, (_, column: string) => cell(row, column));
}

function cell({ values, line }: Pick<Row, 'values' | 'line'>, column: string): string {
  const value = values.get(column);
  if (value === undefined)
    throw new SystoleError('labels_invalid', `Line ${line}: the table has no column ${column}.`);
  return value;
}

function ejectionFractionOf(row: Row, set: MaskedData['train']): Pick<PictureEntry, 'ejectionFraction'> {
  if (set.ejectionFraction === undefined) return {};
  const { column, endDiastole, endSystole } = set.ejectionFraction;
  const percent = Number(cell(row, column));
  const frame = row.values.get('frame');
  if (!Number.isFinite(percent) || (frame !== endDiastole && frame !== endSystole)) return {};
  return { ejectionFraction: { moment: frame === endDiastole ? 'end-diastole' : 'end-systole', percent } };
}

async function readPicture(folder: Folder, name: string, line: number): Promise<GreyPicture> {
  const bytes = await folder.read(name);
  if (bytes === undefined) throw new SystoleError('object_absent', `Line ${line} of the table.`);
  try {
    return readGreyPng(bytes);
  } catch (error) {
    if (!(error instanceof SystoleError)) throw error;
    throw new SystoleError(error.reason, `Line ${line} of the table: ${error.detail ?? ''}`, {
      cause: error,
    });
  }
}

function blanked(
  picture: GreyPicture,
  { burnedInText }: FramePreprocessing,
): Omit<LabelledPicture, 'labels'> {
  if (burnedInText !== 'none') {
    const area = pictureArea({ ...picture, regions: [] }, picture.grey, burnedInText);
    blankOutside(picture.grey, area);
  }
  return picture;
}
