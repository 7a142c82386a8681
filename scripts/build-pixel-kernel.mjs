/**
 * Compiles shared/echo/frames/kernel/pixels.c to WebAssembly and writes it, in base64, to
 * shared/echo/frames/pixel-kernel-program.ts. Needed only when the C changes; takes clang and wasm-ld (Debian: clang
 * and lld).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const frames = fileURLToPath(new URL('../shared/echo/frames/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pixel-kernel-'));
try {
  const object = join(folder, 'pixels.o');
  const program = join(folder, 'pixels.wasm');
  const compile = [
    '--target=wasm32',
    '-O3',
    '-msimd128',
    '-mbulk-memory',
    '-ffreestanding',
    '-Wall',
    '-Werror',
  ];
  execFileSync('clang', [...compile, '-c', '-o', object, join(frames, 'kernel', 'pixels.c')], {
    stdio: 'inherit',
  });
  const link = [
    '--no-entry',
    '--strip-all',
    '--stack-first',
    '-z',
    'stack-size=4096',
    '--export=__heap_base',
  ];
  execFileSync('wasm-ld', [...link, '-o', program, object], { stdio: 'inherit' });
  const lines = readFileSync(program)
    .toString('base64')
    .match(/.{1,100}/g);
  const text = lines.map((line) => `  '${line}',`).join('\n');
  writeFileSync(
    join(frames, 'pixel-kernel-program.ts'),
    `/** kernel/pixels.c as WebAssembly; made by scripts/build-pixel-kernel.mjs. */\nexport const pixelKernelProgram = [\n${text}\n].join('');\n`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
