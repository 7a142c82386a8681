import { createHash } from 'node:crypto';
import { environment } from '../../shared/deployment/environment.ts';
import { rangedBytes } from '../../shared/echo/dicom/byte-source.ts';
import { readHeader } from '../../shared/echo/dicom/header.ts';
import { readInstance } from '../../shared/echo/dicom/instance.ts';
import { SystoleError } from '../../shared/errors.ts';
import { echoPage } from '../../shared/reports/echo-page.ts';
import { pageKey } from '../../shared/reports/page-key.ts';
import type { ManifestLine } from '../../shared/storage/manifest.ts';
import type { Objects } from '../../shared/storage/objects.ts';
import { tensorKey, writeFrames } from '../../shared/storage/tensors.ts';
import { greyFrames } from './grey-frames.ts';

/** Edge of the frames that the segmentation nets take, pixels. */
const edge = 384;

/** Bytes of one ranged read: a few frames of a compressed cine. */
const readAhead = 4 << 20;

/** What the frames were made with; a change of it makes new tensors. */
const configuration = { frames: 'grey', edge, burnedInText: 'regions-or-fan' } as const;

const hash = createHash('sha256').update(JSON.stringify(configuration)).digest('hex');

/**
 * Brings one echo instance to grey frames of 384 x 384 without burned-in text, and writes its page with the first of
 * them and what the header says.
 * @param prepared the configuration of the tensor that is there already
 * @returns the hash of the configuration
 */
export async function preprocessEcho(
  line: ManifestLine,
  prepared: string | null,
  objects: Objects,
): Promise<string> {
  const name = { bucket: environment.bucket('work'), key: tensorKey(hash, line.id) };
  // Objects of the work bucket expire.
  if (prepared === hash && (await objects.size(name)) !== undefined) return hash;
  const { bucket, key, versionId } = line.source;
  const object = { bucket, key, versionId };
  const size = await objects.size(object);
  if (size === undefined) throw new SystoleError('object_absent');
  const first = await objects.range(object, 0, Math.min(size, readAhead));
  const source = rangedBytes(first, size, (offset, length) => objects.range(object, offset, offset + length));
  const header = await readHeader(source);
  const instance = readInstance(header);
  const { frames, count, firstFrame, marks } = await greyFrames(header, instance, edge);
  const page = echoPage({ recordingId: line.id, instance, frame: firstFrame, marks });
  const results = environment.bucket('results');
  await objects.put({ bucket: results, key: pageKey(line.id) }, page, 'text/html; charset=utf-8');
  // The tensor goes last: where it is, the page is.
  await objects.put(name, writeFrames(frames, count, edge), 'application/octet-stream');
  return hash;
}
