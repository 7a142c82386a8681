import type { RegisteredModel } from '../catalog/models.ts';
import type { RecordingSource } from '../catalog/objects.ts';
import type { ObjectName, Objects } from './objects.ts';

/** What one child of an array job does with one recording. */
export interface ManifestLine {
  readonly runId: string;
  readonly child: number;
  readonly id: string;
  readonly modality: 'ecg' | 'echo';
  readonly format: string;
  readonly source: RecordingSource;
  /** The model that scores it; null where none is in force, and it goes back to ready once preprocessed. */
  readonly model: ManifestModel | null;
}

/** The model that was in force when a run was dispatched: a promotion meanwhile does not mix two models in one run. */
export type ManifestModel = Pick<RegisteredModel, 'name' | 'version' | 'prefix' | 'preprocessing'>;

export const manifestKey = (runId: string): string => `manifests/${runId}.ndjson`;

export async function writeManifest(
  objects: Objects,
  name: ObjectName,
  lines: readonly ManifestLine[],
): Promise<void> {
  await objects.put(name, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), 'application/x-ndjson');
}

/** The lines of one child, in order. */
export async function readManifest(
  objects: Objects,
  name: ObjectName,
  child: number,
): Promise<ManifestLine[]> {
  const text = await objects.text(name);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ManifestLine)
    .filter((line) => line.child === child);
}
