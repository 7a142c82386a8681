import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseHeader } from '../../../shared/ecg/formats/wfdb/header.ts';
import { readSignals } from '../../../shared/ecg/formats/wfdb/read-signals.ts';
import type { Recording } from '../../../shared/ecg/recording.ts';

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
