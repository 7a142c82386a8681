import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Program } from '../program.ts';
import { SmallTraining } from './small-training.ts';

let training: SmallTraining;
let expected: Uint8Array[];
beforeAll(async () => {
  training = await SmallTraining.make();
  expected = await training.inOneProcess();
}, 300_000);
afterAll(() => training.remove());

/** Waits until the program has said it. */
async function said(program: Program, text: RegExp): Promise<void> {
  while (program.err.search(text) < 0) {
    if (program.child.exitCode !== null) throw new Error(program.err);
    await delay(20);
  }
}

/** The two processes that the program has started. */
function processesOf(program: Program): number[] {
  const listed = execFileSync('pgrep', ['-P', String(program.child.pid)], { encoding: 'utf8' });
  const pids = listed.trim().split('\n').map(Number);
  expect(pids).toHaveLength(2);
  return pids;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

// With one core there is nothing to put side by side.
describe.skipIf(availableParallelism() < 2 || process.env.SYSTOLE_SLOW_TESTS !== '1')(
  'side by side',
  () => {
    it('what a killed process leaves is done by the one that started it', async () => {
      const program = await training.start('killed');
      await said(program, /epoch [14]\/6/);
      process.kill(processesOf(program)[0]!, 'SIGKILL');
      const ended = await program.ended;
      expect(ended, ended.err).toMatchObject({ status: 0 });
      expect(await training.weights('killed')).toEqual(expected);
    });

    it('all stop when one is told to, and go on later', async () => {
      const program = await training.start('stopped');
      await said(program, /epoch [14]\/6/);
      const processes = processesOf(program);
      program.child.kill('SIGTERM');
      expect(await program.ended).toMatchObject({ status: 1, out: '' });
      expect(processes.filter(isAlive)).toEqual([]);
      const resumed = await (await training.start('stopped')).ended;
      expect(resumed, resumed.err).toMatchObject({ status: 0 });
      expect(await training.weights('stopped')).toEqual(expected);
    });

    it('they end when the one that started them is killed', async () => {
      const program = await training.start('left');
      await said(program, /epoch [14]\/6/);
      const processes = processesOf(program);
      program.child.kill('SIGKILL');
      await expect.poll(() => processes.filter(isAlive), { timeout: 60_000 }).toEqual([]);
    });
  },
  240_000,
);
