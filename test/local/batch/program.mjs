// The program of the tests' jobs: does what SYSTOLE_DO says and records that it ran in SYSTOLE_TRACE.
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

const { SYSTOLE_DO: what = 'succeed', SYSTOLE_TRACE: trace, AWS_BATCH_JOB_ATTEMPT: attempt } = process.env;
const index = process.env.AWS_BATCH_JOB_ARRAY_INDEX;
const tell = (more) =>
  appendFileSync(
    trace,
    `${JSON.stringify({ pid: process.pid, index, attempt: Number(attempt), ...more })}\n`,
  );

tell({ begins: Date.now() });
const [action, ...rest] = what.split(' ');
switch (action) {
  case 'succeed':
    break;
  case 'look':
    tell({ environment: process.env, arguments: process.argv.slice(2) });
    console.log('a line for the log');
    break;
  case 'exit':
    process.exitCode = Number(rest[0]);
    break;
  case 'exit-until':
    if (Number(attempt) < Number(rest[0])) process.exitCode = 1;
    break;
  case 'exit-at':
    if (index === rest[0]) process.exitCode = 65;
    break;
  case 'wait':
    process.on('SIGTERM', () => {
      tell({ signal: 'SIGTERM' });
      process.exit(1);
    });
    await setTimeout(Number(rest[0]));
    break;
  case 'stubborn': {
    process.on('SIGTERM', () => tell({ signal: 'SIGTERM' }));
    const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM",()=>{});setInterval(()=>{},1000)']);
    tell({ child: child.pid });
    await setTimeout(60_000);
    break;
  }
  case 'spin':
    for (const end = Date.now() + 60_000; Date.now() < end; );
}
tell({ ends: Date.now() });
