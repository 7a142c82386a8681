import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseHeader } from '../../../shared/ecg/formats/wfdb/header.ts';
import { readSignals } from '../../../shared/ecg/formats/wfdb/read-signals.ts';
import type { Recording } from '../../../shared/ecg/recording.ts';

/** Recordings and published results that lie beside the repository on a developer's machine and are not part of it. */
const beside = fileURLToPath(new URL('../../../../shared/', import.meta.url));

export const data = join(beside, 'data');
export const reference = join(beside, 'reference');
export const dataPresent = existsSync(data);
export const referencePresent = dataPresent && existsSync(reference);

export function readJson<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(reference, ...path), 'utf8')) as T;
}

export function readFloats(...path: string[]): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(join(reference, ...path))).buffer);
}

/** Reads a WFDB record from the disk. */
export function readRecord(headerPath: string): Recording {
  const header = parseHeader(readFileSync(headerPath));
  const files = new Map<string, Uint8Array>();
  for (const { file } of header.signals) {
    const path = join(dirname(headerPath), file);
    if (existsSync(path)) files.set(file, readFileSync(path));
  }
  return readSignals(header, files);
}
