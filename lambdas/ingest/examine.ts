import type { Finding, FoundRecording } from '../../shared/catalog/objects.ts';
import { detectEcg } from '../../shared/ecg/formats/detect.ts';
import { maximumHeaderBytes, parseHeader } from '../../shared/ecg/formats/wfdb/header.ts';
import { rangedBytes } from '../../shared/echo/dicom/byte-source.ts';
import { detectDicom } from '../../shared/echo/dicom/detect.ts';
import { SystoleError } from '../../shared/errors.ts';
import { parseExperiment } from '../../shared/learning/experiment.ts';
import type { Objects } from '../../shared/storage/objects.ts';
import { findInstance } from './echo-instance.ts';
import type { UploadedObject } from './events.ts';
import { findPeXml } from './pe-xml-recording.ts';
import { sniff } from './sniff.ts';
import { findWfdbRecord } from './wfdb-record.ts';

/** Bytes of the first look: the whole of most headers. */
const firstLook = 16 << 10;

/** A format that is read whole at ingest (experiments, labels) is text of at most this size. */
const longestText = 8 << 20;

type Verdict = Pick<Finding, 'kind' | 'state' | 'recording' | 'experiment'>;

/**
 * Says what an uploaded object is, by its content alone, reading no more of it than that takes. What the file itself
 * gets wrong is part of the answer; only S3's failures are thrown.
 */
export async function examine(object: UploadedObject, objects: Objects): Promise<Finding> {
  try {
    return { ...object, ...(await look(object, objects)) };
  } catch (error) {
    if (!(error instanceof SystoleError)) throw error;
    return { ...object, kind: 'unknown', state: 'rejected', reason: error.reason, detail: error.detail };
  }
}
