import type { Finding, ObjectKind, UploadedObject } from '../../shared/catalog/objects.ts';
import { detectEcgFormat, type EcgFormat } from '../../shared/ecg/formats/detect.ts';
import { readLabelCsv } from '../../shared/ecg/formats/label-csv.ts';
import { maximumPeXmlBytes } from '../../shared/ecg/formats/pe-xml.ts';
import { maximumHeaderBytes } from '../../shared/ecg/formats/wfdb/header.ts';
import { rangedBytes } from '../../shared/echo/dicom/byte-source.ts';
import { detectDicom } from '../../shared/echo/dicom/detect.ts';
import { detectExport } from '../../shared/echo/xcelera/detect.ts';
import { exportLayout } from '../../shared/echo/xcelera/layout.ts';
import { SystoleError } from '../../shared/errors.ts';
import { parseAnyExperiment } from '../../shared/learning/any-experiment.ts';
import { looksLikePng } from '../../shared/learning/pictures/looks-like-png.ts';
import type { Objects } from '../../shared/storage/objects.ts';
import { findInstance } from './echo-instance.ts';
import { isText, knownElsewhere, looksLikeExperiment, looksLikePictureTable } from './other-content.ts';
import { findPeXml } from './pe-xml-recording.ts';
import { findWfdbRecord } from './wfdb-record.ts';

/** Bytes of the first look: the whole of most headers. */
const firstLook = 16 << 10;

const longestExperiment = 256 << 10;

/** A million lines of a record and its diagnoses; ten such tables may be read at once. */
const longestLabels = 16 << 20;

type Verdict = Pick<Finding, 'state' | 'reason' | 'detail' | 'recording' | 'experiment' | 'labels'>;

/**
 * Says what an uploaded object is, by its content alone, reading no more of it than that takes. What the file itself
 * gets wrong is part of the answer; only S3's failures are thrown.
 */
export async function examine(object: UploadedObject, objects: Objects): Promise<Finding> {
  if (object.size === 0) return { ...object, kind: 'unknown', state: 'rejected', reason: 'empty' };
  let kind: ObjectKind = 'unknown';
  try {
    let first = await objects.range(object, 0, Math.min(object.size, firstLook));
    kind = kindOf(first);
    // A document may hold a patient's history and average beats before the rhythm that tells what it is.
    if (
      kind === 'unknown' &&
      isXml(first) &&
      first.length < object.size &&
      object.size <= maximumPeXmlBytes
    ) {
      first = await objects.bytes(object);
      kind = kindOf(first);
    }
    return { ...object, kind, ...(await read(kind, first, object, objects)) };
  } catch (error) {
    if (!(error instanceof SystoleError)) throw error;
    return { ...object, kind, state: 'rejected', reason: error.reason, detail: error.detail };
  }
}

/** The formats of the electrocardiogram side that are a kind of their own. */
const ecgKinds: Partial<Record<EcgFormat, ObjectKind>> = {
  'wfdb-header': 'wfdb-header',
  mat4: 'mat4',
  'pe-xml': 'pe-xml',
  'labels-csv': 'labels',
  unsupported: 'foreign',
};

function kindOf(first: Buffer): ObjectKind {
  if (detectDicom(first) !== undefined) return 'dicom';
  if (looksLikePng(first)) return 'picture';
  const ecg = ecgKinds[detectEcgFormat(first)];
  if (ecg !== undefined) return ecg;
  if (looksLikeExperiment(first)) return 'experiment';
  if (detectExport(first.toString('latin1')) !== undefined) return 'xcelera';
  if (looksLikePictureTable(first)) return 'picture-table';
  if (knownElsewhere(first)) return 'foreign';
  return isText(first) ? 'unknown' : 'opaque';
}

/** Whatever its encoding says: a byte-order mark may come first. */
function isXml(first: Buffer): boolean {
  return /^(?:\u00ef\u00bb\u00bf|\u00ff\u00fe)?\s*</.test(first.toString('latin1'));
}

async function read(
  kind: ObjectKind,
  first: Buffer,
  object: UploadedObject,
  objects: Objects,
): Promise<Verdict> {
  const whole = async (limit: number) => {
    if (object.size > limit) throw new SystoleError('file_too_large', `${object.size} bytes.`);
    return object.size <= first.length ? first : objects.bytes(object);
  };
  switch (kind) {
    case 'wfdb-header':
      return { state: 'indexed', recording: findWfdbRecord(object.key, await whole(maximumHeaderBytes)) };
    case 'pe-xml':
      return { state: 'indexed', recording: findPeXml(await whole(maximumPeXmlBytes)) };
    case 'dicom': {
      const source = rangedBytes(first, object.size, (offset, length) =>
        objects.range(object, offset, offset + length),
      );
      return { state: 'indexed', recording: await findInstance(source) };
    }
    case 'experiment':
      return {
        state: 'indexed',
        experiment: parseAnyExperiment((await whole(longestExperiment)).toString('utf8')),
      };
    case 'picture':
    case 'picture-table':
      return { state: 'indexed' };
    case 'labels':
      return { state: 'indexed', labels: readLabelCsv(await whole(longestLabels)) };
    case 'xcelera':
      // The table has a column too few, or is imported: that takes longer than there is time here.
      exportLayout(first.toString('latin1'));
      return { state: 'indexed' };
    case 'mat4':
    case 'opaque':
      return { state: 'waiting' };
    case 'foreign':
      return { state: 'rejected', reason: 'unsupported_format' };
    case 'unknown':
      return { state: 'rejected', reason: 'unrecognised' };
  }
}
