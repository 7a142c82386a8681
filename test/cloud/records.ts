import { writeRecord } from '../../shared/ecg/formats/wfdb/write-record.ts';
import { type GeneratedKind, generatedKinds, generateEcg } from '../../shared/ecg/generator.ts';
import type { Random } from '../../shared/random.ts';

const kinds = Object.keys(generatedKinds) as GeneratedKind[];

/** A generated record: the content of its files by key, the signal before the header. */
export function generatedRecord(name: string, seed: number): Map<string, Uint8Array> {
  const { recording } = generateEcg({ kind: kinds[seed % kinds.length]!, seed, seconds: 10 });
  return writeRecord(recording, { record: name, format: 16, container: seed % 2 === 0 ? 'mat' : 'dat' });
}

/** The files of many records in a shuffled order. */
export function generatedFiles(count: number, random: Random): { key: string; body: Uint8Array }[] {
  const files: { key: string; body: Uint8Array }[] = [];
  for (let index = 0; index < count; index += 1) {
    for (const [key, body] of generatedRecord(`r${index}`, index)) files.push({ key, body });
  }
  return Array.from(random.permutation(files.length), (index) => files[index]!);
}
