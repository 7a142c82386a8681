import { detectEcgFormat } from '../ecg/formats/detect.ts';
import { readPeXml } from '../ecg/formats/pe-xml.ts';
import { parseHeader } from '../ecg/formats/wfdb/header.ts';
import { readSignals } from '../ecg/formats/wfdb/read-signals.ts';
import { signalFiles } from '../ecg/formats/wfdb/signal-files.ts';
import type { Recording } from '../ecg/recording.ts';
import { SystoleError } from '../errors.ts';
import type { Folder } from '../storage/folder.ts';

/**
 * Reads an ECG that lies in a folder: a WFDB header with the signal files that it names, or the pulmonary-embolism
 * system's XML, told apart by their content.
 * @throws SystoleError `object_absent` when there is no such file; `half_absent` when a signal file is missing;
 * `unrecognised` for any other content; those of the format's reader
 */
export async function readEcgFile(folder: Folder, name: string): Promise<Recording> {
  const bytes = await folder.read(name);
  if (bytes === undefined) throw new SystoleError('object_absent', 'There is no file of that name.');
  const format = detectEcgFormat(bytes);
  if (format === 'pe-xml') return readPeXml(bytes);
  if (format !== 'wfdb-header') throw new SystoleError('unrecognised');
  const header = parseHeader(bytes);
  const files = new Map<string, Uint8Array>();
  for (const signal of signalFiles(header)) {
    const samples = await folder.read(signal.name);
    if (samples === undefined) throw new SystoleError('half_absent', 'A signal file is missing.');
    files.set(signal.name, samples);
  }
  return readSignals(header, files);
}
