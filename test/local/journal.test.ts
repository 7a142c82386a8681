import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Journal } from '../../local/journal.ts';

/** Which file operations fail: writes after half of their bytes, as on a full disk. */
const failing = vi.hoisted(() => ({ write: false, truncate: false, datasync: false, sync: false }));

vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs/promises')>();
  const open: typeof original.open = async (...given) => {
    const handle = await original.open(...given);
    return new Proxy(handle, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (...rest: unknown[]) => {
          if (failing[name as keyof typeof failing]) {
            if (name === 'write') await target.write(rest[0] as Buffer, 0, (rest[0] as Buffer).length >> 1);
            throw new Error(`${String(name)} failed`);
          }
          return (value as (...all: unknown[]) => unknown).apply(target, rest);
        };
      },
    });
  };
  return { ...original, open };
});

interface Line {
  readonly n: number;
}

let folder: string;
let path: string;
const opened: Journal<Line>[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'systole-journal-'));
  path = join(folder, 'journal.ndjson');
});
afterEach(async () => {
  for (const name of Object.keys(failing)) failing[name as keyof typeof failing] = false;
  for (const journal of opened.splice(0)) await journal.close();
  await rm(folder, { recursive: true });
});

async function open(): Promise<{ journal: Journal<Line>; lines: number[] }> {
  const lines: number[] = [];
  const journal = await Journal.open<Line>(path, (line) => lines.push(line.n));
  opened.push(journal);
  return { journal, lines };
}

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, at) => from + at);

test('lines come back in the order in which they were appended', async () => {
  const { journal } = await open();
  await Promise.all(numbers(500).map((n) => journal.append({ n })));
  await journal.append({ n: 500 });
  expect(journal.lines).toBe(501);
  await journal.close();
  const again = await open();
  expect(again.lines).toEqual(numbers(501));
  expect(again.journal.lines).toBe(501);
  await expect(journal.append({ n: 0 })).rejects.toThrow('closed');
});

test('a torn last line is cut off, a broken one before it is an error', async () => {
  const { journal } = await open();
  await journal.append({ n: 1 });
  await journal.close();
  await appendFile(path, '{"n":2');
  const again = await open();
  expect(again.lines).toEqual([1]);
  await again.journal.append({ n: 3 });
  await again.journal.close();
  expect(await readFile(path, 'utf8')).toBe('{"n":1}\n{"n":3}\n');
  await writeFile(path, '{"n":1\n{"n":3}\n');
  await expect(open()).rejects.toThrow(SyntaxError);
});

describe('a refusing disk', () => {
  test.each(['write', 'datasync'] as const)(
    '%s: what was refused is not there, what follows is',
    async (name) => {
      const { journal } = await open();
      await journal.append({ n: 1 });
      failing[name] = true;
      const refused = await Promise.allSettled([journal.append({ n: 2 }), journal.append({ n: 3 })]);
      expect(refused.map((one) => one.status)).toEqual(['rejected', 'rejected']);
      failing[name] = false;
      await journal.append({ n: 4 });
      await journal.close();
      expect((await open()).lines).toEqual([1, 4]);
    },
  );

  test('nothing is written after half a line that cannot be cut off yet', async () => {
    const { journal } = await open();
    await journal.append({ n: 1 });
    failing.write = true;
    failing.truncate = true;
    await expect(journal.append({ n: 2 })).rejects.toThrow('write failed');
    failing.write = false;
    await expect(journal.append({ n: 3 })).rejects.toThrow('truncate failed');
    failing.truncate = false;
    await journal.append({ n: 4 });
    await journal.close();
    expect((await open()).lines).toEqual([1, 4]);
  });

  test('a rewrite that fails leaves the journal as it was', async () => {
    const { journal } = await open();
    await journal.append({ n: 1 });
    await journal.append({ n: 2 });
    for (const name of ['write', 'sync'] as const) {
      failing[name] = true;
      await expect(journal.rewrite(() => [{ n: 2 }])).rejects.toThrow(`${name} failed`);
      failing[name] = false;
    }
    await journal.append({ n: 3 });
    await journal.close();
    expect((await open()).lines).toEqual([1, 2, 3]);
  });
});

test('a rewrite loses none of the appends around it', async () => {
  const { journal } = await open();
  const live: number[] = [];
  const append = (n: number) => journal.append({ n }).then(() => live.push(n));
  const before = numbers(200).map(append);
  const rewritten = journal.rewrite(() => live.map((n) => ({ n })));
  const after = numbers(200, 200).map(append);
  await Promise.all([...before, rewritten, ...after]);
  await append(400);
  expect(journal.lines).toBe(401);
  await journal.close();
  expect((await open()).lines).toEqual(live);
  expect(live).toEqual(numbers(401));
});
