import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { UsageError } from './usage-error.ts';

/** A file to upload and the key that it gets below the upload's prefix. */
export interface LocalFile {
  readonly path: string;
  readonly key: string;
  readonly size: number;
}

/**
 * The files that the given paths name: a folder stands for everything in it, at any depth, except hidden files. A WFDB
 * header or signal stands for its record, so that naming one half is enough.
 * @throws UsageError when a path does not exist, or two files would have one key
 */
export async function localFiles(paths: readonly string[]): Promise<LocalFile[]> {
  const found = new Map<string, LocalFile>();
  for (const path of paths) {
    const known = await stat(path).catch(() => undefined);
    if (known === undefined) throw new UsageError(`there is no file or folder '${path}'`);
    if (known.isDirectory()) {
      for (const file of await folder(path, path)) found.set(file.path, file);
    } else {
      for (const file of await withOtherHalf(path)) found.set(file.path, file);
    }
  }
  const files = [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  const twice = files.find(({ key }, index) => key === files[index + 1]?.key);
  if (twice !== undefined)
    throw new UsageError(`two files would be uploaded as '${twice.key}'; upload them apart`);
  return files;
}

async function folder(path: string, base: string): Promise<LocalFile[]> {
  const files: LocalFile[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const child = join(path, entry.name);
    if (entry.isDirectory()) files.push(...(await folder(child, base)));
    else if (entry.isFile()) {
      files.push({
        path: child,
        key: relative(base, child).split(sep).join('/'),
        size: (await stat(child)).size,
      });
    }
  }
  return files;
}

async function withOtherHalf(path: string): Promise<LocalFile[]> {
  const name = basename(path);
  const stem = name.replace(/\.(hea|dat|mat)$/, '');
  const record = stem !== name;
  const names = record
    ? (await readdir(dirname(path))).filter((other) =>
        [`${stem}.hea`, `${stem}.dat`, `${stem}.mat`].includes(other),
      )
    : [name];
  return Promise.all(
    names.map(async (key) => {
      const file = join(dirname(path), key);
      return { path: file, key, size: (await stat(file)).size };
    }),
  );
}
