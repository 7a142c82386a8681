import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the published systems' results and the real recordings lie, beside the repository. */
export const shared = fileURLToPath(new URL('../../../../shared/', import.meta.url));
export const hasReference = existsSync(`${shared}reference/training`);

export function reference<T>(path: string): T {
  return JSON.parse(readFileSync(`${shared}reference/${path}`, 'utf8')) as T;
}

/** The uniform numbers in [0, 1) that the reference README derives from a tensor's name. */
export function namedUniform(name: string, count: number): Float64Array {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  return Float64Array.from({ length: count }, (_, index) => {
    const a = (seed + Math.imul(index + 1, 0x6d2b79f5)) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  });
}

/** The same in [-1, 1), times `scale`. */
export function namedValues(name: string, count: number, scale = 1): Float32Array {
  return Float32Array.from(namedUniform(name, count), (u) => scale * (2 * u - 1));
}
