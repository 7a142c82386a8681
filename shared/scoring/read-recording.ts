import type { RecordingSource } from '../catalog/objects.ts';
import { readPeXml } from '../ecg/formats/pe-xml.ts';
import { parseHeader } from '../ecg/formats/wfdb/header.ts';
import { readSignals } from '../ecg/formats/wfdb/read-signals.ts';
import type { Recording } from '../ecg/recording.ts';
import type { Objects } from '../storage/objects.ts';

/**
 * Reads an ECG from the object versions that the catalog paired.
 * @throws SystoleError of the format's reader
 */
export async function readRecording(objects: Objects, source: RecordingSource): Promise<Recording> {
  const { bucket, key, versionId, signals } = source;
  const [main, ...rest] = await Promise.all([
    objects.bytes({ bucket, key, versionId }),
    ...(signals ?? []).map((signal) => objects.bytes({ bucket, ...signal })),
  ]);
  if (signals === null) return readPeXml(main);
  const files = new Map(
    signals.map((signal, index) => [signal.key.slice(signal.key.lastIndexOf('/') + 1), rest[index]!]),
  );
  return readSignals(parseHeader(main), files);
}

/** What a prediction says of its input: the versions of all its objects, the header's first. */
export const inputVersion = ({ versionId, signals }: RecordingSource): string =>
  [versionId, ...(signals ?? []).map((signal) => signal.versionId)].join('+');
