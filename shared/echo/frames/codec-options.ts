import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
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
} as const;

const silent = (): void => undefined;

/**
 * What an Emscripten build is loaded with: its program, from beside the bundle or, when run from source, from its
 * package; and nothing printed, since some report each tile on standard output.
 */
export function codecOptions(file: keyof typeof codecBinaries): CodecOptions {
  const beside = new URL(file, import.meta.url);
  const path = existsSync(beside) ? beside : createRequire(import.meta.url).resolve(codecBinaries[file]);
  return { wasmBinary: readFileSync(path), print: silent, printErr: silent };
}
