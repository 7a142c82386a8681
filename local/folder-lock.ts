import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { identify } from './process-identity.ts';

/** Who holds a lock: a process and the moment it started, since process numbers are used again; 0 is nobody. */
const holder = z.strictObject({ pid: z.number().int(), started: z.string() });
type Holder = z.infer<typeof holder>;

const lockName = /^lock\.(\d+)$/;

/** The folder belongs to another live process. */
export class FolderLockedError extends Error {
  readonly pid: number;

  constructor(folder: string, pid: number) {
    super(`${folder} is in use by process ${pid}`);
    this.name = 'FolderLockedError';
    this.pid = pid;
  }
}

/**
 * Keeps a folder to one process. Locks are numbered files `lock.N`, each made whole by a hard link, which fails when
 * the name exists: of two processes that find the same dead holder, only one makes `lock.N+1`. The highest number is
 * kept for ever (a released one names no process), so that a slow contender cannot win a number that was given out
 * before.
 */
export class FolderLock {
  readonly #path: string;
  readonly #folder: string;

  private constructor(folder: string, path: string) {
    this.#folder = folder;
    this.#path = path;
  }

  /**
   * Takes the lock of `folder`, making the folder if need be; a lock whose process is dead is taken over.
   * @throws FolderLockedError when a live process (this one included) holds it.
   */
  static async take(folder: string): Promise<FolderLock> {
    await mkdir(folder, { recursive: true });
    for (;;) {
      const highest = (await numbers(folder)).at(-1) ?? 0;
      if (highest > 0) {
        const current = await read(join(folder, `lock.${highest}`));
        // Gone: somebody else has just made a higher one.
        if (current === undefined) continue;
        if (isAlive(current)) throw new FolderLockedError(folder, current.pid);
      }
      const path = join(folder, `lock.${highest + 1}`);
      if (!(await create(path, identify(process.pid)!))) continue;
      for (const number of await numbers(folder))
        if (number <= highest) await rm(join(folder, `lock.${number}`), { force: true });
      return new FolderLock(folder, path);
    }
  }

  /** Gives the folder free. */
  async release(): Promise<void> {
    const next = join(this.#folder, `.lock.${randomUUID()}`);
    await writeFile(next, JSON.stringify({ pid: 0, started: '' } satisfies Holder));
    await rename(next, this.#path);
  }
}

async function numbers(folder: string): Promise<number[]> {
  return (await readdir(folder))
    .flatMap((name) => lockName.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

async function read(path: string): Promise<Holder | undefined> {
  try {
    return holder.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function create(path: string, content: Holder): Promise<boolean> {
  const whole = `${path}.${randomUUID()}`;
  await writeFile(whole, JSON.stringify(content));
  try {
    await link(whole, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(whole, { force: true });
  }
}

function isAlive({ pid, started }: Holder): boolean {
  return pid !== 0 && identify(pid)?.started === started;
}
