import { expect, it } from 'vitest';
import {
  type ManifestLine,
  manifestKey,
  readManifest,
  writeManifest,
} from '../../../shared/storage/manifest.ts';
import { MemoryObjects } from './memory-objects.ts';

const line = (id: string, child: number): ManifestLine => ({
  runId: 'r',
  child,
  id,
  modality: 'ecg',
  format: 'wfdb',
  source: { bucket: 'uploads', key: `ü ${id}\n.hea`, versionId: 'v', signals: null },
  scoredBefore: false,
  models: [],
});

it('gives each child its lines, in order, and none to a child beyond', async () => {
  const objects = new MemoryObjects();
  const name = { bucket: 'work', key: manifestKey('r') };
  expect(name.key).toBe('manifests/r.ndjson');
  const lines = [line('a', 0), line('b', 0), line('c', 1)];
  await writeManifest(objects, name, lines);
  expect(await readManifest(objects, name, 0)).toEqual(lines.slice(0, 2));
  expect(await readManifest(objects, name, 1)).toEqual(lines.slice(2));
  expect(await readManifest(objects, name, 2)).toEqual([]);
});
