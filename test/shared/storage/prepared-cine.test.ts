import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FramePreprocessing } from '../../../shared/echo/preprocessing.ts';
import { diskFolder, type Folder } from '../../../shared/storage/folder.ts';
import {
  chunkFrames,
  cineKey,
  FrameChunks,
  type PreparedCine,
  readFrameChunks,
  readPreparedCine,
  writePreparedCine,
} from '../../../shared/storage/prepared-cine.ts';

let path: string;
let folder: Folder;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'systole-cine-'));
  folder = diskFolder(path);
});
afterEach(() => rm(path, { recursive: true, force: true }));

const form: FramePreprocessing = { frames: 'grey', edge: 3, burnedInText: 'regions-or-fan' };

describe('a prepared cine', () => {
  it('comes back as it was', async () => {
    const cine: PreparedCine = {
      rows: 2,
      columns: 3,
      first: { grey: Uint8Array.of(1, 2, 3, 4, 5, 6), area: 'fan' },
      frames: Int32Array.of(0, 2, 3),
      sampled: { edge: 2, frames: Int32Array.of(2), grey: Uint8Array.of(9, 8, 7, 6) },
      marks: ['frame_undecodable'],
      geometry: {
        rows: 2,
        columns: 3,
        spacing: null,
        spacingAbsent: 'no_spacing',
        aspect: 1,
        aspectFrom: 'assumed',
        frameTimeMs: 40,
        frameTimeFrom: 'frame-time',
        heartRate: null,
      },
    };
    await writePreparedCine(folder, cine);
    const read = await readPreparedCine(folder);
    // Files come back as views of a Buffer.
    const bytes = (grey: Uint8Array) => Uint8Array.from(grey);
    expect({
      ...read,
      first: { ...read.first, grey: bytes(read.first.grey) },
      sampled: { ...read.sampled, grey: bytes(read.sampled.grey) },
    }).toEqual(cine);
    expect(cineKey('hash', 'id')).toBe('tensors/hash/id/cine.safetensors');
  });

  it.each([1, chunkFrames, chunkFrames + 1, 2 * chunkFrames])('has %i frames in files', async (count) => {
    const chunks = new FrameChunks(folder, form);
    for (let i = 0; i < count; i++) await chunks.add((into) => into.fill(i));
    await chunks.end();
    const read: number[] = [];
    for await (const frames of readFrameChunks(folder, form, count)) {
      expect(frames.length).toBeLessThanOrEqual(chunkFrames * 9);
      for (let at = 0; at < frames.length; at += 9) read.push(frames[at]!);
    }
    expect(read).toEqual(Array.from({ length: count }, (_, i) => i));
    expect((await readdir(join(path, '3-regions-or-fan'))).length).toBe(Math.ceil(count / chunkFrames));
  });

  it('says what is absent or short', async () => {
    await expect(readPreparedCine(folder)).rejects.toThrow('absent');
    const chunks = new FrameChunks(folder, form);
    await chunks.add((into) => into.fill(1));
    await chunks.end();
    const read = async (count: number) => {
      for await (const frames of readFrameChunks(folder, form, count)) expect(frames.length).toBe(9);
    };
    await read(1);
    await expect(read(2)).rejects.toMatchObject({ reason: 'weights_invalid' });
    await expect(read(chunkFrames + 1)).rejects.toMatchObject({ reason: 'weights_invalid' });
  });
});
