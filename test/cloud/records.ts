import { writeRecord } from '../../shared/ecg/formats/wfdb/write-record.ts';
import { type GeneratedKind, generatedKinds, generateEcg } from '../../shared/ecg/generator.ts';

const kinds = Object.keys(generatedKinds) as GeneratedKind[];

/** A generated record: the content of its files by key, the signal before the header. */
export function generatedRecord(name: string, seed: number): Map<string, Uint8Array> {
  const { recording } = generateEcg({ kind: kinds[seed % kinds.length]!, seed, seconds: 10 });
  return writeRecord(recording, { record: name, format: 16, container: seed % 2 === 0 ? 'mat' : 'dat' });
}

/** The files of many records in a shuffled order. */
export function generatedFiles(count: number, random: () => number): { key: string; body: Uint8Array }[] {
  const files: { key: string; body: Uint8Array }[] = [];
  for (let index = 0; index < count; index += 1) {
    for (const [key, body] of generatedRecord(`r${index}`, index)) files.push({ key, body });
  }
  for (let i = files.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [files[i], files[j]] = [files[j]!, files[i]!];
  }
  return files;
}

/** mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
