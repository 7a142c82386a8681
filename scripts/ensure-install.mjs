// Installs the dependencies when they are absent or stale, so that `npm start` and `npm test` work as the first
// command in a fresh clone. Imports nothing from node_modules. The mark holds a hash of what an install depends on.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const mark = join(root, 'node_modules', '.systole-installed');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Systole needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}

const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(`${process.platform} ${process.arch} ${major}`)
  .digest('hex');

if (!existsSync(mark) || readFileSync(mark, 'utf8') !== wanted) {
  console.error('Installing dependencies (once) ...');
  // The install script of onnxruntime-node fetches CUDA files, which this machine may not reach and does not need.
  const environment = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const npm = process.env.npm_execpath;
  const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  const done = spawnSync(command, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 2, 2],
    shell: npm ? false : process.platform === 'win32',
  });
  if (done.status !== 0) {
    console.error('npm ci failed: see above.');
    process.exit(done.status ?? 1);
  }
  writeFileSync(mark, wanted);
}
