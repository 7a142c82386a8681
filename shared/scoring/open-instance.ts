import type { RecordingSource } from '../catalog/objects.ts';
import { rangedBytes } from '../echo/dicom/byte-source.ts';
import { type Header, readHeader } from '../echo/dicom/header.ts';
import { type Instance, readInstance } from '../echo/dicom/instance.ts';
import { SystoleError } from '../errors.ts';
import type { Objects } from '../storage/objects.ts';

/** Bytes of the first ranged read: the header and a few frames of a compressed cine. */
const readAhead = 4 << 20;

/**
 * Reads the header of an echo instance out of the object store; its pixels are read through the header, by ranges.
 * @param first bytes that are fetched at once
 * @throws SystoleError of the readers, `object_absent` when the object version is gone
 */
export async function openInstance(
  objects: Objects,
  { bucket, key, versionId }: RecordingSource,
  first = readAhead,
): Promise<{ header: Header; instance: Instance }> {
  const object = { bucket, key, versionId };
  const size = await objects.size(object);
  if (size === undefined) throw new SystoleError('object_absent');
  const bytes = await objects.range(object, 0, Math.min(size, first));
  const source = rangedBytes(bytes, size, (offset, length) => objects.range(object, offset, offset + length));
  const header = await readHeader(source);
  return { header, instance: readInstance(header) };
}
