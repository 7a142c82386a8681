import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Packages, packagesOf } from '../../cdk/packages.ts';
import { buildAll } from '../../shared/deployment/build.ts';
import { root } from '../../shared/deployment/bundle.ts';
import {
  type FunctionName,
  functions,
  type ProgramName,
  programs,
} from '../../shared/deployment/description.ts';
import { codecBinaries } from '../../shared/echo/frames/codec-options.ts';

let packages: Packages;
beforeAll(async () => {
  packages = packagesOf(await buildAll());
});

const dockerfile = readFileSync(join(root, 'batch-jobs', 'image', 'Dockerfile'), 'utf8');

/** What a stage of the Dockerfile copies out of the build context. */
function copied(stage: string): string[] {
  const lines = dockerfile.replaceAll('\\\n', ' ').split('\n');
  const start = lines.findIndex((line) => new RegExp(`^FROM \\S+ AS ${stage}$`).test(line));
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith('FROM '));
  return lines
    .slice(start + 1, length === -1 ? undefined : start + 1 + length)
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1))
    .filter((word) => !word.startsWith('--'));
}

describe('packages of functions', () => {
  it.each(Object.keys(functions) as FunctionName[])(
    '%s: a bundle under 1 MB with what it needs beside it',
    (name) => {
      const folder = packages.functionFolder(name);
      expect(statSync(join(folder, 'index.mjs')).size).toBeLessThan(1_000_000);
      for (const carried of functions[name].carries ?? [])
        expect(existsSync(join(folder, carried))).toBe(true);
    },
  );

  it('score holds the runtime of its own processor and of no other', () => {
    const binaries = join(
      packages.functionFolder('score'),
      'node_modules/onnxruntime-node/bin/napi-v6/linux',
    );
    expect(readdirSync(binaries)).toEqual([functions.score.architecture]);
  });
});

describe('context of the job images', () => {
  it.each(Object.keys(programs) as ProgramName[])('%s is in the image that its queue runs', (name) => {
    const held = copied(programs[name].jobQueue);
    expect(held).toContain(`jobs/${name}.mjs`);
    // With the decoders that its bundle looks for beside itself.
    const bundle = readFileSync(join(packages.imageFolder, 'jobs', `${name}.mjs`), 'utf8');
    for (const codec of Object.keys(codecBinaries))
      if (bundle.includes(codec)) expect(held).toContain(`jobs/${codec}`);
  });

  it('holds every file that the Dockerfile copies, but the checksum that deploy notes', () => {
    for (const stage of ['cpu', 'gpu', 'packages', 'libtensorflow'])
      for (const file of copied(stage))
        expect([
          file,
          file === 'libtensorflow.sha256' || existsSync(join(packages.imageFolder, file)),
        ]).toEqual([file, true]);
  });

  it('has packages of the same versions as the checkout', () => {
    const versions = (path: string) =>
      (JSON.parse(readFileSync(join(root, path), 'utf8')) as { dependencies: Record<string, string> })
        .dependencies;
    const [image, checkout] = [versions('batch-jobs/image/package.json'), versions('package.json')];
    expect(image['onnxruntime-node']).toBe(checkout['onnxruntime-node']);
    expect(image['@tensorflow/tfjs-node-gpu']).toBe(checkout['@tensorflow/tfjs-core']);
  });
});
