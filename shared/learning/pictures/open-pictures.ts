import { csvRows } from '../../csv-rows.ts';
import { detectDicom } from '../../echo/dicom/detect.ts';
import { blankOutside, pictureArea } from '../../echo/frames/picture-area.ts';
import type { FramePreprocessing } from '../../echo/preprocessing.ts';
import { SystoleError } from '../../errors.ts';
import { Random } from '../../random.ts';
import type { Folder } from '../../storage/folder.ts';
import type { PictureDataset, PictureEntry } from './picture-dataset.ts';
import type { SegmentationExperiment, ViewExperiment } from './picture-experiment.ts';
import { type GreyPicture, readGreyPng } from './read-grey-png.ts';
import { readInstanceFrames, type WantedFrames } from './read-instance-frames.ts';

type MaskedData = Extract<SegmentationExperiment['data'], { kind: 'masks' }>;
type LabelledData = Extract<ViewExperiment['data'], { kind: 'labels' }>;

/** One picture of a table. */
interface Row extends PictureEntry {
  /** Its line in the table, for messages: a path may name a patient. */
  readonly line: number;
  readonly image: string;
  /** Of an instance; undefined where the table does not say. */
  readonly frame: number | undefined;
  /** The value of each column, and of `frame`. */
  readonly values: ReadonlyMap<string, string>;
}

/**
 * Pictures (PNG, or frames of DICOM instances) with a mask each (PNG), by a table.
 * @param folder where the table and the pictures lie
 * @param classes labels are their indices
 * @throws SystoleError `labels_invalid` naming the line; later, from `picture`, also `picture_syntax`, `object_absent` and
 * the reasons for which an instance cannot be decoded
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
        readPictures(folder, row, 'only', preprocessing).then(([only]) => only!),
        readMask(folder, filled(set.mask, row), row.line),
      ]);
      if (image.rows !== mask.rows || image.columns !== mask.columns)
        throw new SystoleError('labels_invalid', `Line ${row.line}: image and mask differ in size.`);
      const labels = mask.grey.map((value) => {
        const label = labelOf[value]!;
        if (label < 0)
          throw new SystoleError('labels_invalid', `Line ${row.line}: the mask holds ${value}, no class.`);
        return label;
      });
      return { ...image, labels };
    },
  };
}

/**
 * Pictures with a class each, by a table: PNG pictures, and of DICOM instances the frame that the table names or
 * `framesEach` of them.
 * @param seed by which frames are drawn, together with the name of the file
 * @throws SystoleError as `openMaskedPictures`
 */
export async function openLabelledPictures(
  folder: Folder,
  set: LabelledData['train'],
  classes: readonly string[],
  preprocessing: FramePreprocessing,
  seed: number,
): Promise<PictureDataset> {
  const rows = await tableRows(folder, set);
  const labels = rows.map((row) => {
    const label = classes.indexOf(cell(row, set.label));
    if (label < 0)
      throw new SystoleError('labels_invalid', `Line ${row.line}: the label is none of classes.`);
    return Uint8Array.of(label);
  });
  const { framesEach } = set;
  let latest: { readonly row: Row; readonly frames: Promise<GreyPicture[]> } | undefined;
  return {
    pictures: rows.flatMap((row) => Array.from({ length: framesEach }, () => row)),
    together: framesEach,
    async picture(index) {
      const at = Math.floor(index / framesEach);
      const row = rows[at]!;
      if (latest?.row !== row) {
        const wanted = { count: framesEach, random: Random.named(seed, row.image) };
        latest = { row, frames: readPictures(folder, row, wanted, preprocessing) };
      }
      const frames = await latest.frames;
      return { ...frames[(index % framesEach) % frames.length]!, labels: labels[at]! };
    },
  };
}

type TableSet = Pick<MaskedData['train'], 'table' | 'rows' | 'frames' | 'image' | 'frame' | 'patient'>;

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
      rows.push({ ...own, image: filled(set.image, own), frame: frameOf(own, set) });
    }
  }
  if (rows.length === 0) throw new SystoleError('labels_invalid', 'The table has no row for this set.');
  return rows;
}

function frameOf(row: Pick<Row, 'values' | 'line'>, { frame }: TableSet): number | undefined {
  const number = frame === undefined ? '' : filled(frame, row);
  if (number === '') return undefined;
  if (!/^\d{1,6}$/.test(number))
    throw new SystoleError('labels_invalid', `Line ${row.line}: the frame is no number, counted from 0.`);
  return Number(number);
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

/**
 * The pictures of a row, burned-in text blanked: the one of a PNG file, or frames of an instance.
 * @param unnamed which frames are wanted where the row does not name one
 */
async function readPictures(
  folder: Folder,
  { image, frame, line }: Row,
  unnamed: WantedFrames,
  preprocessing: FramePreprocessing,
): Promise<GreyPicture[]> {
  const bytes = await read(folder, image, line);
  return atLine(line, async () => {
    if (detectDicom(bytes) !== undefined)
      return readInstanceFrames(bytes, frame === undefined ? unnamed : { frame }, preprocessing);
    const picture = readGreyPng(bytes);
    if (frame !== undefined && frame > 0)
      throw new SystoleError('labels_invalid', `A picture has no frame ${frame}.`);
    return [blanked(picture, preprocessing)];
  });
}

async function readMask(folder: Folder, name: string, line: number): Promise<GreyPicture> {
  const bytes = await read(folder, name, line);
  return atLine(line, async () => readGreyPng(bytes));
}

async function read(folder: Folder, name: string, line: number): Promise<Uint8Array> {
  const bytes = await folder.read(name);
  if (bytes === undefined) throw new SystoleError('object_absent', `Line ${line} of the table.`);
  return bytes;
}

/** Names the line in what is wrong with a file: a path may name a patient. */
async function atLine<T>(line: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SystoleError)) throw error;
    throw new SystoleError(error.reason, `Line ${line} of the table: ${error.detail ?? ''}`.trimEnd(), {
      cause: error,
    });
  }
}

function blanked(picture: GreyPicture, { burnedInText }: FramePreprocessing): GreyPicture {
  if (burnedInText !== 'none') {
    const area = pictureArea({ ...picture, regions: [] }, picture.grey, burnedInText);
    blankOutside(picture.grey, area);
  }
  return picture;
}
