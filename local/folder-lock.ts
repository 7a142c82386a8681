import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** Who holds a lock: a process and the moment it started, since process numbers are used again. */
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
        const text = await readFile(join(folder, `lock.${highest}`), 'utf8').catch(() => undefined);
        if (text === undefined) continue;
        const current = holder.parse(JSON.parse(text));
        if (isAlive(current)) throw new FolderLockedError(folder, current.pid);
      }
      const path = join(folder, `lock.${highest + 1}`);
      if (!(await create(path, { pid: process.pid, started: startOf(process.pid) }))) continue;
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
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return started === startOf(pid);
}

/** Boot and clock tick at which a process started, from procfs; empty where the system has none. */
function startOf(pid: number): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold spaces; field 22 is the start.
    return `${boot}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return '';
  }
}
