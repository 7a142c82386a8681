import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunction, bundleProgram, bundleSelfCheck, codeVersion, root } from './bundle.ts';
import { type FunctionName, functions, type ProgramName, programs } from './description.ts';

/** Where the bundles of one state of the sources are. */
export interface Build {
  readonly folder: string;
  functionFile(name: FunctionName): string;
  programFile(name: ProgramName | 'self-check'): string;
}

const sources = ['lambdas', 'batch-jobs', 'shared', 'package-lock.json'];
const keptDays = 7;

/**
 * Bundles every function and program, once for each state of the sources: a build is named by what it was made of, so
 * that several callers, of one process or many, can ask at the same time and an unchanged checkout starts at once.
 */
export async function buildAll(): Promise<Build> {
  const builds = join(root, '.systole', 'build', 'bundles');
  const folder = join(builds, fingerprint());
  if (!existsSync(folder)) {
    mkdirSync(builds, { recursive: true });
    // A folder of its own for each caller: a second one must not write into what the first is about to move.
    const unfinished = mkdtempSync(`${folder}.`);
    const made = buildAt(unfinished);
    await Promise.all([
      ...(Object.keys(functions) as FunctionName[]).map((name) =>
        bundleFunction(name, join(unfinished, 'functions', name)),
      ),
      ...(Object.keys(programs) as ProgramName[]).map((name) =>
        bundleProgram(name, join(unfinished, 'jobs')),
      ),
      bundleSelfCheck(join(unfinished, 'jobs')),
    ]);
    try {
      renameSync(made.folder, folder);
    } catch (error) {
      // Another caller was quicker.
      if (!existsSync(folder)) throw error;
      rmSync(unfinished, { recursive: true, force: true });
    }
    removeOld(builds);
  }
  return buildAt(folder);
}

function buildAt(folder: string): Build {
  return {
    folder,
    functionFile: (name) => join(folder, 'functions', name, 'index.mjs'),
    programFile: (name) => join(folder, 'jobs', `${name}.mjs`),
  };
}

/** Hash of the names, sizes and times of all sources, and of the commit, which predictions carry. */
function fingerprint(): string {
  const hash = createHash('sha256').update(codeVersion());
  const add = (path: string) => {
    const known = statSync(path);
    if (known.isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else hash.update(`${path} ${known.size} ${known.mtimeMs}\n`);
  };
  for (const source of sources) add(join(root, source));
  return hash.digest('hex').slice(0, 16);
}

function removeOld(builds: string): void {
  for (const name of readdirSync(builds)) {
    const path = join(builds, name);
    // Others move and remove theirs at the same time.
    const known = statSync(path, { throwIfNoEntry: false });
    if (known && Date.now() - known.mtimeMs > keptDays * 86_400_000)
      rmSync(path, { recursive: true, force: true });
  }
}
