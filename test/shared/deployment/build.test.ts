import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildAll } from '../../../shared/deployment/build.ts';
import {
  type FunctionName,
  functions,
  type ProgramName,
  programs,
} from '../../../shared/deployment/description.ts';

const mebibyte = 1 << 20;

describe('buildAll', () => {
  it('bundles every function and program, once for the state of the sources', {
    timeout: 120_000,
  }, async () => {
    const [first, second] = await Promise.all([buildAll(), buildAll()]);
    const made = (file: string) => ({ file, time: statSync(file).mtimeMs, size: statSync(file).size });
    const all = (build: typeof first) => [
      ...(Object.keys(functions) as FunctionName[]).map((name) => made(build.functionFile(name))),
      ...(Object.keys(programs) as ProgramName[]).map((name) => made(build.programFile(name))),
    ];
    for (const { file, size } of all(first)) {
      expect(size, file).toBeGreaterThan(10_000);
      // A large bundle is a slow cold start: what weighs is laid beside it.
      if (file.includes('/functions/')) expect(size, file).toBeLessThan(4 * mebibyte);
    }
    expect(all(second).map(({ size }) => size)).toEqual(all(first).map(({ size }) => size));
    const again = await buildAll();
    if (again.folder === first.folder) expect(all(again)).toEqual(all(first));
  });
});
