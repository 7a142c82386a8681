import { environment } from '../../shared/deployment/environment.ts';
import { configurationHash, dsailPreprocessing } from '../../shared/ecg/preprocessing.ts';
import { prepareEcg } from '../../shared/scoring/prepare-ecg.ts';
import { readRecording } from '../../shared/scoring/read-recording.ts';
import type { ManifestLine } from '../../shared/storage/manifest.ts';
import type { Objects } from '../../shared/storage/objects.ts';
import { tensorKey, writeSignal } from '../../shared/storage/tensors.ts';

/**
 * Preprocesses one ECG as its model wants it (DSAIL_SNU's way where there is no model).
 * @param prepared the configuration of the tensor that is there already
 * @returns the hash of the configuration
 * @throws UnscorableEcg as `prepareEcg`
 */
export async function preprocessEcg(
  line: ManifestLine,
  prepared: string | null,
  objects: Objects,
): Promise<string> {
  const model = line.models.find((one) => one.task === 'ecg');
  const configuration = model?.preprocessing ?? dsailPreprocessing;
  const hash = configurationHash(configuration);
  const name = { bucket: environment.bucket('work'), key: tensorKey(hash, line.id) };
  // Objects of the work bucket expire.
  if (prepared === hash && (await objects.size(name)) !== undefined) return hash;
  const recording = await readRecording(objects, line.source);
  const { preprocessed } = prepareEcg(recording, configuration);
  await objects.put(name, writeSignal(preprocessed), 'application/octet-stream');
  return hash;
}
