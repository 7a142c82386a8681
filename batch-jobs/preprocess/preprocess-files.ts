import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { dsailPreprocessing, preprocessingSchema } from '../../shared/ecg/preprocessing.ts';
import { bytesInMemory } from '../../shared/echo/dicom/byte-source.ts';
import { detectDicom } from '../../shared/echo/dicom/detect.ts';
import { readHeader } from '../../shared/echo/dicom/header.ts';
import { readInstance } from '../../shared/echo/dicom/instance.ts';
import { frameForms } from '../../shared/echo/frame-forms.ts';
import { parsePictureCard } from '../../shared/learning/pictures/picture-card.ts';
import { prepareEcg } from '../../shared/scoring/prepare-ecg.ts';
import { readEcgFile } from '../../shared/scoring/read-ecg-file.ts';
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
    options: {
      output: { type: 'string' },
      configuration: { type: 'string' },
      model: { type: 'string', multiple: true },
    },
  });
  if (values.output === undefined || positionals.length === 0)
    throw new Error('expected FILE... --output FOLDER');
  const configuration =
    values.configuration === undefined
      ? dsailPreprocessing
      : preprocessingSchema.parse(JSON.parse(await readFile(values.configuration, 'utf8')));
  const cards = await Promise.all(
    (values.model ?? []).map(async (folder) => parsePictureCard(await readFile(join(folder, 'card.json')))),
  );
  const forms = frameForms(cards);
  await mkdir(values.output, { recursive: true });
  for (const path of positionals) {
    signal.throwIfAborted();
    const bytes = await readFile(path);
    const name = basename(path, extname(path));
    if (detectDicom(bytes) !== undefined) {
      const header = await readHeader(bytesInMemory(bytes));
      const identity = createHash('sha256').update(bytes).digest('hex');
      const folder = diskFolder(join(values.output, name));
      const { frames } = await prepareCine(header, readInstance(header), forms, identity, folder);
      report('preprocessed', { frames: frames.length });
    } else {
      const recording = await readEcgFile(diskFolder(dirname(path)), basename(path));
      const tensors = writeSignal(prepareEcg(recording, configuration).preprocessed);
      await writeFile(join(values.output, `${name}.safetensors`), tensors);
      report('preprocessed', { bytes: tensors.length });
    }
  }
}
