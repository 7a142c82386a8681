import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { PGlite, protocol } from '@electric-sql/pglite';
import type { Answer, Demand, Order } from './pglite-messages.ts';
import { DatabaseError, ResultTooLargeError } from './session.ts';
import { WireSession } from './wire-session.ts';

/**
 * The thread that owns PGlite: a query blocks it until it is done. It takes orders one after another and answers each;
 * anything that is not an error of the database ends the thread, and its owner starts another on the same folder.
 */
const port = parentPort;
if (port === null) throw new Error('the PGlite worker runs in a worker thread only');

let database: PGlite | undefined;
let session: WireSession | undefined;
let queue: Promise<void> = Promise.resolve();

port.on('message', (demand: Demand) => {
  queue = queue.then(async () => {
    let answer: Answer;
    try {
      answer = { id: demand.id, result: await carryOut(demand.order) };
    } catch (error) {
      if (error instanceof DatabaseError) answer = { id: demand.id, report: error.report };
      else if (error instanceof ResultTooLargeError) answer = { id: demand.id, tooLarge: error.of };
      else {
        // Not for the log: a JavaScript error of PGlite may quote what it was working on.
        process.stderr.write('The database has ended unexpectedly and is started again.\n');
        port.postMessage({ id: demand.id, broken: true } satisfies Answer);
        process.exit(1);
      }
    }
    port.postMessage(answer);
  });
});

async function carryOut(order: Order): Promise<Answer['result']> {
  if (order.kind === 'open') {
    database = await open(order.folder, join(order.templates, pgliteVersion()));
    session = new WireSession(database, protocol);
    return undefined;
  }
  if (order.kind === 'close') {
    await database!.close();
    return undefined;
  }
  if (order.kind === 'execute') return session!.execute(order.sql, order.values, order.limits);
  if (order.kind === 'batch') return session!.executeBatch(order.statements);
  return session!.control(order.kind);
}

/** Statements are planned with their values each time: a plan kept from an empty table is ruinous for a full one. */
const settings = ['-c', 'plan_cache_mode=force_custom_plan'];

async function open(folder: string, template: string): Promise<PGlite> {
  if (!existsSync(join(folder, 'PG_VERSION'))) {
    rmSync(folder, { recursive: true, force: true });
    if (!existsSync(template)) await createTemplate(template);
    // Copied beside it and renamed, so that a folder by its name is always whole.
    const part = `${folder}.new`;
    rmSync(part, { recursive: true, force: true });
    cpSync(template, part, { recursive: true });
    renameSync(part, folder);
  }
  return PGlite.create(folder, { startParams: [...PGlite.defaultStartParams, ...settings] });
}

/** Initialising a cluster takes seconds, copying one a quarter of a second: it is initialised once and kept. */
async function createTemplate(template: string): Promise<void> {
  mkdirSync(dirname(template), { recursive: true });
  const part = `${template}.${randomUUID()}`;
  const fresh = await PGlite.create(part);
  await fresh.close();
  try {
    renameSync(part, template);
  } catch (error) {
    // Somebody else was quicker; theirs is as good.
    rmSync(part, { recursive: true, force: true });
    if (!existsSync(template)) throw error;
  }
}

function pgliteVersion(): string {
  const entry = fileURLToPath(import.meta.resolve('@electric-sql/pglite'));
  const { version } = JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8'));
  return `pglite-${version}`;
}
