import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Build } from '../shared/deployment/build.ts';
import { copyOnnxRuntime, root } from '../shared/deployment/bundle.ts';
import {
  type FunctionName,
  functions,
  type ProgramName,
  programs,
} from '../shared/deployment/description.ts';
import { codecBinaries } from '../shared/echo/frames/codec-options.ts';

/** Folders that CloudFormation's assets are made of. */
export interface Packages {
  /** The package of one function: its bundle and what lies beside it. */
  functionFolder(name: FunctionName): string;
  /** The context from which the job images are built: Dockerfile, package list and programs. */
  readonly imageFolder: string;
}

/** Lays out the packages of a build, once for each build. */
export function packagesOf(build: Build): Packages {
  const folder = join(build.folder, 'packages');
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    for (const name of Object.keys(functions) as FunctionName[]) layOut(build, name, join(unfinished, name));
    layOutImage(build, join(unfinished, 'image'));
    try {
      renameSync(unfinished, folder);
    } catch (error) {
      // Another process was quicker.
      if (!existsSync(folder)) throw error;
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return {
    functionFolder: (name) => join(folder, name),
    imageFolder: join(folder, 'image'),
  };
}

function layOut(build: Build, name: FunctionName, folder: string): void {
  mkdirSync(folder, { recursive: true });
  cpSync(build.functionFile(name), join(folder, 'index.mjs'));
  const { architecture, carries, external } = functions[name];
  if (external.includes('onnxruntime-node'))
    copyOnnxRuntime(folder, 'linux', architecture === 'arm64' ? 'arm64' : 'x64');
  for (const carried of carries ?? [])
    cpSync(join(root, carried), join(folder, carried), { recursive: true });
}

function layOutImage(build: Build, folder: string): void {
  mkdirSync(join(folder, 'jobs'), { recursive: true });
  const sources = join(root, 'batch-jobs', 'image');
  for (const name of readdirSync(sources)) cpSync(join(sources, name), join(folder, name));
  for (const name of [...(Object.keys(programs) as ProgramName[]), 'self-check'] as const)
    cpSync(build.programFile(name), join(folder, 'jobs', `${name}.mjs`));
  for (const codec of Object.keys(codecBinaries))
    cpSync(join(build.folder, 'jobs', codec), join(folder, 'jobs', codec));
}
