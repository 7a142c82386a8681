import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

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

/** Reads a codec's program: beside the bundle, or from its package when run from source. */
export function codecBinary(file: keyof typeof codecBinaries): Uint8Array {
  const beside = new URL(file, import.meta.url);
  if (existsSync(beside)) return readFileSync(beside);
  return readFileSync(createRequire(import.meta.url).resolve(codecBinaries[file]));
}
