import { type FileHandle, open, rename } from 'node:fs/promises';

/** What may wait for the disk before further output is dropped. */
const maxPendingBytes = 4 << 20;

/**
 * A log file of bounded size: when it exceeds `limit` bytes it becomes `<path>.1`, replacing the one before. Writing
 * never blocks and never fails; on a full disk output is lost rather than the service.
 */
export class RotatingLog {
  readonly #path: string;
  readonly #limit: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #writing: Promise<void> | undefined;

  constructor(path: string, limit = 8 << 20) {
    this.#path = path;
    this.#limit = limit;
  }

  write(output: Buffer): void {
    if (this.#pendingBytes > maxPendingBytes) return;
    this.#pending.push(output);
    this.#pendingBytes += output.length;
    this.#writing ??= this.#flush()
      .catch(() => {})
      .finally(() => {
        this.#writing = undefined;
      });
  }

  /** Resolves when everything written so far is in the file. */
  async settled(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async #flush(): Promise<void> {
    let file: FileHandle | undefined;
    try {
      while (this.#pending.length > 0) {
        const output = Buffer.concat(this.#pending.splice(0));
        this.#pendingBytes = 0;
        file ??= await open(this.#path, 'a');
        if ((await file.stat()).size + output.length > this.#limit) {
          await file.close();
          file = undefined;
          await rename(this.#path, `${this.#path}.1`);
          file = await open(this.#path, 'a');
        }
        await file.appendFile(output);
      }
    } finally {
      await file?.close();
    }
  }
}
