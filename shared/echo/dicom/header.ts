import { SystoleError } from '../../errors.ts';
import { type ByteSource, bytesInMemory } from './byte-source.ts';
import { DataSet, type Element } from './data-set.ts';
import { detectDicom } from './detect.ts';
import { ElementReader, type Encoding, type PixelData } from './element-reader.ts';
import { inflate } from './inflate.ts';
import { type TransferSyntax, transferSyntax } from './transfer-syntax.ts';

/** Everything of a DICOM object before its pixels. */
export interface Header {
  /** Group 0002; empty for a file without. */
  readonly meta: DataSet;
  readonly dataSet: DataSet;
  readonly transferSyntax: TransferSyntax;
  /** The encoding was told from the bytes, since the file names none or one that they contradict. */
  readonly encodingGuessed: boolean;
  readonly pixelData: PixelData | undefined;
}

/** The first read, no longer than what was read to detect the format: the whole header of most instances. */
const firstRead = 16 * 1024;

const transferSyntaxUid = 0x00020010;

/**
 * Reads a DICOM header (PS3.10, PS3.5) from as few ranged reads as it needs, stopping before the pixel data: implicit
 * and explicit little endian, explicit big endian, deflated. Sequences are read at every depth. dicom-parser is not
 * used, for four reasons that its source shows: it wants the whole file, it does not hold lengths against the end of
 * the data, it recurses without limit, and it takes the length of OV, SV and UV (the Extended Offset Table is OV) for
 * 16 bits; the tests hold this reader against it.
 *
 * @throws SystoleError `empty`, `unrecognised` (no DICOM), `dicom_syntax` (lengths or items that do not fit),
 * `header_value` (a header beyond 8 MiB or 65,536 elements), `inflates_too_large`, `file_too_large` (deflated, beyond
 * 64 MiB).
 */
export async function readHeader(source: ByteSource): Promise<Header> {
  if (source.size === 0) throw new SystoleError('empty');
  const first = await source.read(0, Math.min(source.size, firstRead));
  const form = detectDicom(first);
  if (form === undefined) throw new SystoleError('unrecognised');
  const file = new ElementReader(source, form.start, first);
  const metaEncoding = { explicit: form.explicit, littleEndian: form.littleEndian };
  const metaElements = new Map<number, Element>();
  while ((await file.peekGroup(metaEncoding)) === 0x0002)
    await file.readElement(metaEncoding, source.size, 0, [], metaElements);
  const meta = new DataSet(metaElements, metaEncoding.littleEndian, []);

  const uid = meta.string(transferSyntaxUid);
  const named = uid === undefined ? undefined : transferSyntax(uid);
  if (named?.deflated) {
    const inflated = bytesInMemory(inflate(await file.rest()));
    if (inflated.size === 0) throw new SystoleError('dicom_syntax', 'The deflated data set is empty.');
    return readDataSet(new ElementReader(inflated, 0), meta, named, false);
  }
  const told = await file.tellEncoding(named ?? metaEncoding);
  const guessed =
    named === undefined || told.explicit !== named.explicit || told.littleEndian !== named.littleEndian;
  const syntax =
    named === undefined || (guessed && named.pixels === 'native' && uid !== '1.2.840.10008.1.2.1.98')
      ? transferSyntax(nativeUid(told))
      : named;
  return readDataSet(file, meta, syntax, guessed, told);
}

function nativeUid(encoding: Encoding): string {
  if (!encoding.explicit) return '1.2.840.10008.1.2';
  return encoding.littleEndian ? '1.2.840.10008.1.2.1' : '1.2.840.10008.1.2.2';
}

async function readDataSet(
  reader: ElementReader,
  meta: DataSet,
  syntax: TransferSyntax,
  encodingGuessed: boolean,
  encoding: Encoding = syntax,
): Promise<Header> {
  const elements = new Map<number, Element>();
  let pixelData: PixelData | undefined;
  const size = reader.source.size;
  while (pixelData === undefined && !reader.atEnd())
    pixelData = await reader.readElement(encoding, size, 0, [], elements);
  return {
    meta,
    dataSet: new DataSet(elements, encoding.littleEndian, []),
    transferSyntax: syntax,
    encodingGuessed,
    pixelData,
  };
}
