import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeSamples } from '../../cli/samples.ts';
import { bytesInMemory } from '../../shared/echo/dicom/byte-source.ts';
import { readHeader } from '../../shared/echo/dicom/header.ts';
import { readInstance } from '../../shared/echo/dicom/instance.ts';

describe('writeSamples', () => {
  it('writes ECG records and both apical views of one study, the same bytes again', {
    timeout: 60_000,
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'systole-samples-'));
    const contents = async () => {
      const names = (await readdir(folder, { recursive: true })).filter((name) => name.includes('.')).sort();
      return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
    };
    try {
      await writeSamples(folder);
      const first = await contents();
      expect(first.filter(({ name }) => name.endsWith('.hea')).length).toBe(14);
      const cines = await Promise.all(
        first
          .filter(({ name }) => name.endsWith('.dcm'))
          .map(async ({ bytes }) => readInstance(await readHeader(bytesInMemory(bytes)))),
      );
      expect(cines.map(({ refusal, marks, numberOfFrames }) => ({ refusal, marks, numberOfFrames }))).toEqual(
        [
          { refusal: null, marks: [], numberOfFrames: 54 },
          { refusal: null, marks: [], numberOfFrames: 54 },
        ],
      );
      expect(new Set(cines.map(({ studyInstanceUid }) => studyInstanceUid)).size).toBe(1);
      expect(new Set(cines.map(({ sopInstanceUid }) => sopInstanceUid)).size).toBe(2);
      await writeSamples(folder);
      const second = await contents();
      expect(second.map(({ name }) => name)).toEqual(first.map(({ name }) => name));
      expect(second.filter(({ bytes }, i) => !bytes.equals(first[i]!.bytes))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
