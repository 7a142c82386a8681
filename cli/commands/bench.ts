import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../shared/deployment/bundle.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../usage-error.ts';

/** Benchmarks: files of bench/, or bench.ts in a folder of it. */
function benchmarks(): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(join(root, 'bench'), { withFileTypes: true })) {
    if (entry.isDirectory()) found.set(entry.name, join(root, 'bench', entry.name, 'bench.ts'));
    else if (entry.name.endsWith('.ts')) found.set(entry.name.slice(0, -3), join(root, 'bench', entry.name));
  }
  return found;
}

export const bench: Command = {
  name: 'bench',
  usage: '[NAME] [OPTION...]',
  summary: 'Runs a benchmark; without a name, lists them.',
  async run(args) {
    const [name, ...rest] = args;
    const all = benchmarks();
    if (name === undefined) {
      process.stdout.write(`${[...all.keys()].sort().join('\n')}\n`);
      return 0;
    }
    const file = all.get(name);
    if (file === undefined)
      throw new UsageError(`there is no benchmark '${name}': ${[...all.keys()].sort().join(', ')}`);
    const child = spawn(process.execPath, ['--import', 'tsx', file, ...rest], {
      cwd: root,
      stdio: 'inherit',
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  },
};
