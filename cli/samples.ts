import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeRecord } from '../shared/ecg/formats/wfdb/write-record.ts';
import { restless } from '../shared/ecg/generator/noise.ts';
import {
  type GeneratedKind,
  type GeneratorOptions,
  generatedKinds,
  generateEcg,
} from '../shared/ecg/generator.ts';

const kinds = Object.keys(generatedKinds) as GeneratedKind[];

/** Every kind at its own rate, sinus rhythm at others, and one restless patient. */
const samples: readonly (Omit<GeneratorOptions, 'seed'> & { readonly record: string })[] = [
  ...kinds.map((kind) => ({ record: kind, kind })),
  { record: 'sinus-rhythm-55', kind: 'sinus-rhythm', heartRate: 55 },
  { record: 'sinus-rhythm-90', kind: 'sinus-rhythm', heartRate: 90 },
  { record: 'sinus-rhythm-noisy', kind: 'sinus-rhythm', noise: restless },
];

/** Writes the generated samples as WFDB records, the same bytes each time. */
export async function writeSamples(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [index, { record, ...options }] of samples.entries()) {
    const { recording } = generateEcg({ ...options, seed: index + 1 });
    // Both containers that archives hold.
    const form = { record, format: 16, container: index % 2 === 0 ? 'mat' : 'dat' } as const;
    for (const [name, bytes] of writeRecord(recording, form)) await writeFile(join(folder, name), bytes);
  }
}
