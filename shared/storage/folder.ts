import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

/** Named files in one place, a folder of the machine or a prefix of a bucket. Names use `/`. */
export interface Folder {
  /** The whole file, or undefined when there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Replaces the file as a whole: a reader sees the old or the new one. */
  write(name: string, bytes: Uint8Array | string): Promise<void>;
  /** Names of all files at any depth, in no order. */
  list(): Promise<string[]>;
}

/** A folder on disk; what is missing of its path is made by the first write. */
export function diskFolder(path: string): Folder {
  return {
    async read(name) {
      try {
        return await readFile(join(path, name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async write(name, bytes) {
      const place = join(path, name);
      await mkdir(dirname(place), { recursive: true });
      const unfinished = `${place}.${randomUUID()}`;
      try {
        await writeFile(unfinished, bytes);
        await rename(unfinished, place);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
    },
    async list() {
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(path, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
    },
  };
}

/** A folder within another. */
export function subfolder(folder: Folder, path: string): Folder {
  return {
    read: (name) => folder.read(`${path}/${name}`),
    write: (name, bytes) => folder.write(`${path}/${name}`, bytes),
    async list() {
      const names = await folder.list();
      return names.flatMap((name) => (name.startsWith(`${path}/`) ? [name.slice(path.length + 1)] : []));
    },
  };
}
