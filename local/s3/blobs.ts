import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A run of bytes in a file of the blob folder: where (a part of) an object's content lies. */
export type Extent = readonly [file: string, offset: number, length: number];

/** Contents up to this size share files (packs) and their fsync; larger ones get a file each. */
export const packedBytes = 256 << 10;
const packBytes = 256 << 20;
const maxGroupBytes = 8 << 20;
const flushBytes = 1 << 20;
const readBytes = 256 << 10;

interface Waiting {
  readonly bytes: Buffer;
  readonly resolve: (extent: Extent) => void;
  readonly reject: (error: Error) => void;
}

interface Pack {
  readonly file: string;
  readonly handle: FileHandle;
  length: number;
}

/**
 * The contents of objects: `packs/UUID`, many small ones end to end (one write and one fdatasync for all that wait),
 * and `blobs/XX/UUID`, a large one each. File names have nothing to do with keys. Who refers to an extent says so
 * by `retain`; a large blob without references is removed, and whatever a crash left behind is found by `sweep`.
 */
export class Blobs {
  readonly #root: string;
  readonly #references = new Map<string, { count: number; bytes: number }>();
  readonly #folders = new Set<string>();
  readonly #packHandles = new Map<string, Promise<FileHandle>>();
  readonly #removals = new Set<Promise<void>>();
  #pack: Pack | undefined;
  #waiting: Waiting[] = [];
  #committing: Promise<void> | undefined;

  private constructor(root: string) {
    this.#root = root;
  }

  static async open(root: string): Promise<Blobs> {
    for (const folder of ['packs', 'blobs']) await mkdir(join(root, folder), { recursive: true });
    await syncFolder(root);
    return new Blobs(root);
  }

  /** Counts one more reference to each extent. */
  retain(extents: readonly Extent[]): void {
    for (const [file, , length] of extents) {
      const known = this.#references.get(file);
      if (known === undefined) this.#references.set(file, { count: 1, bytes: length });
      else {
        known.count += 1;
        known.bytes += length;
      }
    }
  }

  /** Takes back a `retain`; the file of a large blob goes with its last reference. */
  release(extents: readonly Extent[]): void {
    for (const [file, , length] of extents) {
      const known = this.#references.get(file);
      if (known === undefined) continue;
      known.count -= 1;
      known.bytes -= length;
      if (known.count > 0) continue;
      this.#references.delete(file);
      if (file.startsWith('packs/')) continue;
      // What cannot be removed now is swept when the folder is opened again.
      const removal = rm(join(this.#root, file), { force: true }).catch(() => {});
      this.#removals.add(removal);
      void removal.then(() => this.#removals.delete(removal));
    }
  }

  /** Stores a small content durably. */
  append(bytes: Buffer): Promise<Extent> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, resolve, reject });
      this.#committing ??= this.#commit();
    });
  }

  /** Starts a large content. */
  async create(): Promise<BlobWriter> {
    const name = randomUUID();
    const folder = `blobs/${name.slice(0, 2)}`;
    const path = join(this.#root, folder);
    if (!this.#folders.has(folder)) {
      await mkdir(path, { recursive: true });
      await syncFolder(join(this.#root, 'blobs'));
      this.#folders.add(folder);
    }
    return new BlobWriter(`${folder}/${name}`, path, join(path, name), await open(join(path, name), 'wx'));
  }

  /** The bytes from `start` up to `end` (exclusive) of a content, in pieces of at most 256 KiB. */
  async *read(extents: readonly Extent[], start: number, end: number): AsyncGenerator<Buffer> {
    let position = 0;
    for (const [file, offset, length] of extents) {
      const from = Math.max(start - position, 0);
      const to = Math.min(end - position, length);
      position += length;
      if (from >= to) continue;
      const packed = file.startsWith('packs/');
      const handle = packed ? await this.#packHandle(file) : await open(join(this.#root, file), 'r');
      try {
        for (let at = from; at < to; ) {
          const piece = Buffer.allocUnsafe(Math.min(readBytes, to - at));
          const { bytesRead } = await handle.read(piece, 0, piece.length, offset + at);
          if (bytesRead === 0) throw new Error('a stored object is shorter than its journal entry says');
          at += bytesRead;
          yield piece.subarray(0, bytesRead);
        }
      } finally {
        if (!packed) await handle.close();
      }
    }
  }

  /** Packs of which less than half is referred to, the one being written to apart. */
  async sparsePacks(): Promise<Set<string>> {
    const sparse = new Set<string>();
    for (const [file, { bytes }] of this.#references) {
      if (!file.startsWith('packs/') || file === this.#pack?.file) continue;
      if (bytes < (await stat(join(this.#root, file))).size / 2) sparse.add(file);
    }
    return sparse;
  }

  /** Removes all files without a reference. To be called before anything is written, when all is retained. */
  async sweep(): Promise<void> {
    const packs = await readdir(join(this.#root, 'packs'));
    const folders = await readdir(join(this.#root, 'blobs'), { withFileTypes: true });
    const files = packs.map((name) => `packs/${name}`);
    for (const folder of folders) {
      if (!folder.isDirectory()) continue;
      this.#folders.add(`blobs/${folder.name}`);
      for (const name of await readdir(join(this.#root, 'blobs', folder.name)))
        files.push(`blobs/${folder.name}/${name}`);
    }
    for (const file of files) {
      if (this.#references.has(file) || file === this.#pack?.file) continue;
      const handle = this.#packHandles.get(file);
      this.#packHandles.delete(file);
      await (await handle)?.close();
      await rm(join(this.#root, file), { force: true });
    }
  }

  /** Goes on writing to the newest pack that has room, so that many starts do not leave many packs. */
  async resume(): Promise<void> {
    let newest: { file: string; size: number; time: number } | undefined;
    for (const file of this.#references.keys()) {
      if (!file.startsWith('packs/')) continue;
      const { size, mtimeMs } = await stat(join(this.#root, file));
      if (size < packBytes && mtimeMs >= (newest?.time ?? 0)) newest = { file, size, time: mtimeMs };
    }
    if (newest === undefined) return;
    const handle = await open(join(this.#root, newest.file), 'r+');
    this.#packHandles.set(newest.file, Promise.resolve(handle));
    this.#pack = { file: newest.file, handle, length: newest.size };
  }

  async close(): Promise<void> {
    while (this.#committing) await this.#committing;
    await Promise.all(this.#removals);
    for (const handle of this.#packHandles.values()) await (await handle).close();
    this.#packHandles.clear();
  }

  async #commit(): Promise<void> {
    // Lets everything that arrives in this turn of the event loop join the group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      let bytes = 0;
      let count = 0;
      while (count < this.#waiting.length && bytes < maxGroupBytes)
        bytes += this.#waiting[count++]!.bytes.length;
      const group = this.#waiting.splice(0, count);
      try {
        const pack = await this.#currentPack();
        await writeAll(
          pack.handle,
          group.map((one) => one.bytes),
          pack.length,
        );
        await pack.handle.datasync();
        for (const one of group) {
          one.resolve([pack.file, pack.length, one.bytes.length]);
          pack.length += one.bytes.length;
        }
      } catch (error) {
        await this.#abandonPack();
        for (const one of group) one.reject(error as Error);
      }
    }
    this.#committing = undefined;
  }

  /** After a failed write or fsync nothing is known of the tail of a pack: the next group starts another. */
  async #abandonPack(): Promise<void> {
    const pack = this.#pack;
    this.#pack = undefined;
    if (pack === undefined || pack.length > 0) return;
    this.#packHandles.delete(pack.file);
    await pack.handle.close().catch(() => {});
    await rm(join(this.#root, pack.file), { force: true }).catch(() => {});
  }

  async #currentPack(): Promise<Pack> {
    if (this.#pack !== undefined && this.#pack.length < packBytes) return this.#pack;
    const file = `packs/${randomUUID()}`;
    const handle = await open(join(this.#root, file), 'wx+');
    this.#packHandles.set(file, Promise.resolve(handle));
    await syncFolder(join(this.#root, 'packs'));
    this.#pack = { file, handle, length: 0 };
    return this.#pack;
  }

  #packHandle(file: string): Promise<FileHandle> {
    let handle = this.#packHandles.get(file);
    if (handle === undefined) {
      handle = open(join(this.#root, file), 'r');
      this.#packHandles.set(file, handle);
      handle.catch(() => this.#packHandles.delete(file));
    }
    return handle;
  }
}

/** Writes one large content; it is durable once `finish` has resolved, and gone after `discard`. */
export class BlobWriter {
  readonly #file: string;
  readonly #folder: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  #buffered: Buffer[] = [];
  #bufferedBytes = 0;
  #written = 0;

  constructor(file: string, folder: string, path: string, handle: FileHandle) {
    this.#file = file;
    this.#folder = folder;
    this.#path = path;
    this.#handle = handle;
  }

  async write(bytes: Buffer): Promise<void> {
    this.#buffered.push(bytes);
    this.#bufferedBytes += bytes.length;
    if (this.#bufferedBytes >= flushBytes) await this.#flush();
  }

  async finish(): Promise<Extent> {
    await this.#flush();
    await this.#handle.datasync();
    await this.#handle.close();
    await syncFolder(this.#folder);
    return [this.#file, 0, this.#written];
  }

  async discard(): Promise<void> {
    // Already closed when `finish` failed late.
    await this.#handle.close().catch(() => {});
    await rm(this.#path, { force: true }).catch(() => {});
  }

  async #flush(): Promise<void> {
    const buffers = this.#buffered;
    this.#buffered = [];
    const bytes = this.#bufferedBytes;
    this.#bufferedBytes = 0;
    if (bytes === 0) return;
    await writeAll(this.#handle, buffers, this.#written);
    this.#written += bytes;
  }
}

async function writeAll(handle: FileHandle, buffers: Buffer[], position: number): Promise<void> {
  let total = 0;
  for (const buffer of buffers) total += buffer.length;
  let { bytesWritten } = await handle.writev(buffers, position);
  if (bytesWritten === total) return;
  const whole = Buffer.concat(buffers);
  while (bytesWritten < total)
    bytesWritten += (await handle.write(whole, bytesWritten, total - bytesWritten, position + bytesWritten))
      .bytesWritten;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
