/**
 * Compiles the C of each kernel to WebAssembly and writes it, in base64, to the TypeScript file beside it. Needed only
 * when the C changes; takes clang and wasm-ld (Debian: clang and lld).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const shared = fileURLToPath(new URL('../shared/', import.meta.url));
const kernels = [
  {
    folder: 'echo/frames',
    sources: ['pixels', 'jpeg-luma'],
    file: 'pixel-kernel-program',
    name: 'pixelKernelProgram',
  },
  { folder: 'ecg', sources: ['signals'], file: 'signal-kernel-program', name: 'signalKernelProgram' },
];
const compile = [
  '--target=wasm32',
  '-O3',
  '-msimd128',
  '-mbulk-memory',
  '-ffreestanding',
  '-Wall',
  '-Werror',
];
const link = ['--no-entry', '--strip-all', '--stack-first', '-z', 'stack-size=4096', '--export=__heap_base'];

const temporary = mkdtempSync(join(tmpdir(), 'kernels-'));
try {
  for (const { folder, sources, file, name } of kernels) {
    const program = join(temporary, `${file}.wasm`);
    const objects = sources.map((source) => {
      const object = join(temporary, `${source}.o`);
      execFileSync('clang', [...compile, '-c', '-o', object, join(shared, folder, 'kernel', `${source}.c`)], {
        stdio: 'inherit',
      });
      return object;
    });
    execFileSync('wasm-ld', [...link, '-o', program, ...objects], { stdio: 'inherit' });
    const lines = readFileSync(program)
      .toString('base64')
      .match(/.{1,100}/g);
    const text = lines.map((line) => `  '${line}',`).join('\n');
    writeFileSync(
      join(shared, folder, `${file}.ts`),
      `/** The C of kernel/ as WebAssembly; made by scripts/build-kernels.mjs. */\nexport const ${name} = [\n${text}\n].join('');\n`,
    );
  }
} finally {
  rmSync(temporary, { recursive: true });
}
