import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PgliteSessions } from '../../../local/data-api/pglite-sessions.ts';

/** A thread that speaks like the one of PGlite and dies when it is told to; it answers with its own number. */
const mortal = `
import { parentPort, threadId } from 'node:worker_threads';
parentPort.on('message', ({ id, order }) => {
  if (order.sql === 'die') {
    parentPort.postMessage({ id, broken: true });
    process.exit(1);
  }
  if (order.sql === 'vanish') process.exit(1);
  parentPort.postMessage({ id, result: { rows: [[String(threadId)]], command: 'SELECT', changed: 0 } });
});`;

const limits = { row: 1, result: 1 };
const { signal } = new AbortController();
let folder: string;
let sessions: PgliteSessions;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'systole-thread-'));
  const worker = join(folder, 'mortal.mjs');
  await writeFile(worker, mortal);
  sessions = await PgliteSessions.open({
    folder: join(folder, 'database'),
    templates: folder,
    worker: pathToFileURL(worker),
  });
});
afterEach(async () => {
  await sessions.close();
  await rm(folder, { recursive: true });
});

it.each([
  ['die', { name: 'DatabaseError', report: { state: '57P02' } }],
  ['vanish', { name: 'ServiceUnavailableError' }],
])('goes on with a new thread when one ends (%s), and nothing of the old one goes on', async (how, error) => {
  const session = await sessions.acquire(signal);
  const { rows } = await session.execute('select', [], limits);
  await expect(session.execute(how, [], limits)).rejects.toMatchObject(error);
  await expect(session.execute('select', [], limits)).rejects.toMatchObject({
    name: 'ServiceUnavailableError',
  });
  await expect(session.commit()).rejects.toMatchObject({ name: 'ServiceUnavailableError' });
  sessions.release();
  const next = await sessions.acquire(signal);
  expect((await next.execute('select', [], limits)).rows).not.toEqual(rows);
  sessions.release();
});

it('gives each of those who wait their turn, save those who leave', async () => {
  await sessions.acquire(signal);
  const order: string[] = [];
  const leaving = new AbortController();
  const first = sessions.acquire(signal).then(() => order.push('first'));
  const left = sessions.acquire(leaving.signal).catch((reason) => order.push(reason));
  const last = sessions.acquire(signal).then(() => order.push('last'));
  expect(sessions.waiting).toBe(3);
  leaving.abort('left');
  await left;
  sessions.release();
  await first;
  expect(order).toEqual(['left', 'first']);
  sessions.release();
  await last;
  expect(sessions.waiting).toBe(0);
  sessions.release();
});

it('refuses those who wait when it is closed, and those who come later', async () => {
  await sessions.acquire(signal);
  const refused = expect(sessions.acquire(signal)).rejects.toMatchObject({ name: 'ServiceUnavailableError' });
  await sessions.close();
  await refused;
  await expect(sessions.acquire(signal)).rejects.toMatchObject({ name: 'ServiceUnavailableError' });
});
