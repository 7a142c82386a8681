import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { identify, killGroup, killLeftover } from '../../local/process-identity.ts';

test('a process is known by when it started, and ends with its group', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    detached: true,
    stdio: 'ignore',
  });
  await once(child, 'spawn');
  const identity = identify(child.pid!)!;
  expect(identify(child.pid!)).toEqual(identity);
  expect(identify(process.pid)?.started).not.toBe(identity.started);

  // Another process of the same number is left alone.
  killLeftover({ ...identity, started: 'earlier' });
  expect(identify(child.pid!)).toEqual(identity);

  const exited = once(child, 'exit');
  killLeftover(identity);
  expect(await exited).toEqual([null, 'SIGKILL']);
  expect(identify(child.pid!)).toBeUndefined();
  killLeftover(identity);
  killGroup(child.pid!, 'SIGTERM');
});
