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
  /** It has scores, and a page that shows them, already. */
  readonly scoredBefore: boolean;
  /**
   * The models that were in force when the run was dispatched, so that a promotion meanwhile does not mix two of a task
   * in one run; without any the recording goes back to ready once preprocessed.
   */
  readonly models: readonly RegisteredModel[];
}

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
