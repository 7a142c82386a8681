import type { PictureEntry } from './picture-dataset.ts';

/** Indices of the pictures of each patient. */
export function byPatient(pictures: readonly PictureEntry[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [index, { patient }] of pictures.entries())
    groups.set(patient, [...(groups.get(patient) ?? []), index]);
  return [...groups.values()];
}
