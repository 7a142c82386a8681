import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { detectEcgFormat } from '../../shared/ecg/formats/detect.ts';
import { readPeXml } from '../../shared/ecg/formats/pe-xml.ts';
import { parseHeader } from '../../shared/ecg/formats/wfdb/header.ts';
import { readSignals } from '../../shared/ecg/formats/wfdb/read-signals.ts';
import { signalFiles } from '../../shared/ecg/formats/wfdb/signal-files.ts';
import { dsailPreprocessing, preprocess, preprocessingSchema } from '../../shared/ecg/preprocessing.ts';
import type { Recording } from '../../shared/ecg/recording.ts';
import { bytesInMemory } from '../../shared/echo/dicom/byte-source.ts';
import { detectDicom } from '../../shared/echo/dicom/detect.ts';
import { readHeader } from '../../shared/echo/dicom/header.ts';
import { readInstance } from '../../shared/echo/dicom/instance.ts';
import { frameForms } from '../../shared/echo/frame-forms.ts';
import { SystoleError } from '../../shared/errors.ts';
import { diskFolder } from '../../shared/storage/folder.ts';
import { writeSignal } from '../../shared/storage/tensors.ts';
import { report } from '../job.ts';
import { prepareCine } from './prepare-cine.ts';

/**
 * The preprocessing program on files of this machine: a safetensors file for each ECG, a folder of them for each echo
 * instance (shared/storage/prepared-cine.ts).
 */
export async function preprocessFiles(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { output: { type: 'string' }, configuration: { type: 'string' } },
  });
  if (values.output === undefined || positionals.length === 0)
    throw new Error('expected FILE... --output FOLDER');
  const configuration =
    values.configuration === undefined
      ? dsailPreprocessing
      : preprocessingSchema.parse(JSON.parse(await readFile(values.configuration, 'utf8')));
  await mkdir(values.output, { recursive: true });
  for (const path of positionals) {
    signal.throwIfAborted();
    const bytes = await readFile(path);
    const name = basename(path, extname(path));
    if (detectDicom(bytes) !== undefined) {
      const header = await readHeader(bytesInMemory(bytes));
      const identity = createHash('sha256').update(bytes).digest('hex');
      const folder = diskFolder(join(values.output, name));
      const { frames } = await prepareCine(header, readInstance(header), frameForms([]), identity, folder);
      report('preprocessed', { frames: frames.length });
    } else {
      const tensors = writeSignal(preprocess(await readEcgFile(path, bytes), configuration));
      await writeFile(join(values.output, `${name}.safetensors`), tensors);
      report('preprocessed', { bytes: tensors.length });
    }
  }
}

async function readEcgFile(path: string, bytes: Uint8Array): Promise<Recording> {
  const format = detectEcgFormat(bytes.subarray(0, 4096));
  if (format === 'pe-xml') return readPeXml(bytes);
  if (format !== 'wfdb-header') throw new SystoleError('unrecognised');
  const header = parseHeader(bytes);
  const files = new Map<string, Uint8Array>();
  for (const { name } of signalFiles(header)) files.set(name, await readFile(join(dirname(path), name)));
  return readSignals(header, files);
}
