import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How many bytes one group commit takes at most, so that a burst does not build one huge buffer. */
const maxGroupBytes = 4 << 20;

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * An append-only file of JSON lines. `append` resolves when the line is on the disk (group commit: all lines that
 * wait share one fdatasync), so whoever acknowledges after it has lost nothing after kill -9. A torn last line,
 * which was never acknowledged, is cut off when the file is opened again.
 *
 * A failed write (a full or refusing disk) rejects the lines of its group and cuts the file back to its last
 * durable length, so that a later success leaves no half line behind.
 */
export class Journal<T> {
  readonly path: string;
  #file: FileHandle;
  #length: number;
  #lines: number;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;
  /** A failed write may have left half a line after the last durable one. */
  #torn = false;

  private constructor(path: string, file: FileHandle, length: number, lines: number) {
    this.path = path;
    this.#file = file;
    this.#length = length;
    this.#lines = lines;
  }

  /**
   * Opens (or creates) the journal, calling `replay` for each line in order.
   * @throws Error when a line other than the torn last one is not JSON.
   */
  static async open<T>(path: string, replay: (entry: T) => void): Promise<Journal<T>> {
    await rm(`${path}.new`, { force: true });
    const file = await open(path, 'a+');
    const { length, lines } = await replayLines(path, replay);
    if ((await file.stat()).size > length) await truncate(path, length);
    await syncFolder(dirname(path));
    return new Journal<T>(path, file, length, lines);
  }

  /** Lines in the file: what a caller weighs against its live state to decide when to rewrite. */
  get lines(): number {
    return this.#lines;
  }

  /** Appends one entry; resolves when it is durable. */
  append(entry: T): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('journal is closed'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line: `${JSON.stringify(entry)}\n`, resolve, reject });
      this.#writing ??= this.#commit();
    });
  }

  async #commit(): Promise<void> {
    // Lets everything that was asked for in this turn of the event loop join the group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      let bytes = 0;
      let count = 0;
      while (count < this.#waiting.length && bytes < maxGroupBytes)
        bytes += this.#waiting[count++]!.line.length;
      const group = this.#waiting.splice(0, count);
      const buffer = Buffer.from(group.map((waiting) => waiting.line).join(''));
      try {
        if (this.#torn) await this.#cut();
        await writeWhole(this.#file, buffer);
        await this.#file.datasync();
        this.#length += buffer.length;
        this.#lines += group.length;
        for (const waiting of group) waiting.resolve();
      } catch (error) {
        this.#torn = true;
        await this.#cut().catch(() => {});
        for (const waiting of group) waiting.reject(error as Error);
      }
    }
    this.#writing = undefined;
  }

  async #cut(): Promise<void> {
    await this.#file.truncate(this.#length);
    this.#torn = false;
  }

  /**
   * Replaces the whole file by `entries` (the live state) atomically. Entries are read only once the appends that
   * were under way are durable; appends made meanwhile wait and follow.
   */
  async rewrite(entries: () => Iterable<T>): Promise<void> {
    while (this.#writing) await this.#writing;
    let finished: () => void = () => {};
    this.#writing = new Promise((resolve) => {
      finished = resolve;
    });
    const next = `${this.path}.new`;
    let file: FileHandle | undefined;
    try {
      await rm(next, { force: true });
      file = await open(next, 'a+');
      const target = file;
      let length = 0;
      let lines = 0;
      let chunk: string[] = [];
      let pending = 0;
      const flush = async () => {
        const buffer = Buffer.from(chunk.join(''));
        await writeWhole(target, buffer);
        length += buffer.length;
        chunk = [];
        pending = 0;
      };
      for (const entry of entries()) {
        const line = `${JSON.stringify(entry)}\n`;
        chunk.push(line);
        pending += line.length;
        lines += 1;
        if (pending > maxGroupBytes) await flush();
      }
      await flush();
      await file.sync();
      await rename(next, this.path);
      // From here on this is the journal, whatever else may fail.
      const before = this.#file;
      this.#file = file;
      this.#length = length;
      this.#lines = lines;
      this.#torn = false;
      file = before;
      await syncFolder(dirname(this.path));
    } finally {
      await file?.close().catch(() => {});
      this.#writing = undefined;
      finished();
      if (this.#waiting.length > 0) this.#writing ??= this.#commit();
    }
  }

  /** Waits for what is under way and closes the file. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#writing) await this.#writing;
    await this.#file.close();
  }
}

async function writeWhole(file: FileHandle, buffer: Buffer): Promise<void> {
  let offset = 0;
  while (offset < buffer.length) {
    const { bytesWritten } = await file.write(buffer, offset, buffer.length - offset);
    offset += bytesWritten;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function replayLines<T>(
  path: string,
  replay: (entry: T) => void,
): Promise<{ length: number; lines: number }> {
  let length = 0;
  let lines = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, part as Buffer]) : (part as Buffer);
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(10, start);
      if (end < 0) break;
      replay(JSON.parse(bytes.toString('utf8', start, end)) as T);
      length += end + 1 - start;
      lines += 1;
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
  return { length, lines };
}
