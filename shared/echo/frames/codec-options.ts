import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { CodecOptions } from 'emscripten-codec';

/**
 * The WebAssembly files that the decoders load, by the name under which their package exports them. A bundle has them
 * beside it, named as here; the bundler copies each from where the package resolves.
 */
export const codecBinaries = {
  'libjpegturbowasm_decode.wasm': '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm',
  'charlswasm_decode.wasm': '@cornerstonejs/codec-charls/decodewasm',
  'openjpegwasm_decode.wasm': '@cornerstonejs/codec-openjpeg/decodewasm',
  'openjphjs.wasm': '@cornerstonejs/codec-openjph/wasm',
  // Its package exports the program to `import` alone, not to `require`, and the manifest to both.
  'jxl_oxide_wasm_bg.wasm': 'jxl-oxide-wasm/package.json',
} as const;

type CodecFile = keyof typeof codecBinaries;

const silent = (): void => undefined;

/** Where a codec's program lies among the installed packages. */
export function installedCodec(file: CodecFile, resolve: (specifier: string) => string): string {
  const path = resolve(codecBinaries[file]);
  return path.endsWith('.wasm') ? path : join(dirname(path), file);
}

/** A codec's program: from beside the bundle or, when run from source, from its package. */
export function codecBinary(file: CodecFile): Uint8Array<ArrayBuffer> {
  const beside = new URL(file, import.meta.url);
  const path = existsSync(beside) ? beside : installedCodec(file, createRequire(import.meta.url).resolve);
  return new Uint8Array(readFileSync(path));
}

/** What an Emscripten build is loaded with: its program, and nothing printed, since some report each tile. */
export function codecOptions(file: CodecFile): CodecOptions {
  return { wasmBinary: codecBinary(file), print: silent, printErr: silent };
}
