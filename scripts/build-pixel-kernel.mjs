/**
 * Compiles the C of shared/echo/frames/kernel to WebAssembly and writes it, in base64, to
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
  const program = join(folder, 'pixels.wasm');
  const objects = ['pixels', 'jpeg-luma'].map((name) => {
    const object = join(folder, `${name}.o`);
    const options = [
      '--target=wasm32',
      '-O3',
      '-msimd128',
      '-mbulk-memory',
      '-ffreestanding',
      '-Wall',
      '-Werror',
    ];
    execFileSync('clang', [...options, '-c', '-o', object, join(frames, 'kernel', `${name}.c`)], {
      stdio: 'inherit',
    });
    return object;
  });
  const link = [
    '--no-entry',
    '--strip-all',
    '--stack-first',
    '-z',
    'stack-size=4096',
    '--export=__heap_base',
  ];
  execFileSync('wasm-ld', [...link, '-o', program, ...objects], { stdio: 'inherit' });
  const lines = readFileSync(program)
    .toString('base64')
    .match(/.{1,100}/g);
  const text = lines.map((line) => `  '${line}',`).join('\n');
  writeFileSync(
    join(frames, 'pixel-kernel-program.ts'),
    `/** The C of kernel/ as WebAssembly; made by scripts/build-pixel-kernel.mjs. */\nexport const pixelKernelProgram = [\n${text}\n].join('');\n`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
