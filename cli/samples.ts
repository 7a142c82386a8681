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
import { phantomCine } from '../shared/echo/phantom/phantom-cine.ts';
import { phantomDicom } from '../shared/echo/phantom/phantom-dicom.ts';

const kinds = Object.keys(generatedKinds) as GeneratedKind[];

/** Every kind at its own rate, sinus rhythm at others, and one restless patient. */
const recordings: readonly (Omit<GeneratorOptions, 'seed'> & { readonly record: string })[] = [
  ...kinds.map((kind) => ({ record: kind, kind })),
  { record: 'sinus-rhythm-55', kind: 'sinus-rhythm', heartRate: 55 },
  { record: 'sinus-rhythm-90', kind: 'sinus-rhythm', heartRate: 90 },
  { record: 'sinus-rhythm-noisy', kind: 'sinus-rhythm', noise: restless },
];

/** Both apical views of one heart, of which the ejection fraction is 60 %: two heartbeats each. */
const study = {
  uid: '2.25.20261122',
  views: ['a4c', 'a2c'],
  cine: { rows: 450, columns: 600, frames: 54, rhythm: { heartRate: 75 }, depthMarks: true },
} as const;

/** Writes the generated samples, WFDB records and the cines of an echo study, the same bytes each time. */
export async function writeSamples(folder: string): Promise<void> {
  await mkdir(join(folder, 'echo'), { recursive: true });
  for (const [index, { record, ...options }] of recordings.entries()) {
    const { recording } = generateEcg({ ...options, seed: index + 1 });
    // Both containers that archives hold.
    const form = { record, format: 16, container: index % 2 === 0 ? 'mat' : 'dat' } as const;
    for (const [name, bytes] of writeRecord(recording, form)) await writeFile(join(folder, name), bytes);
  }
  for (const [index, view] of study.views.entries()) {
    const cine = phantomCine({ ...study.cine, view, text: ['PHANTOM NOBODY', `SYSTOLE ${view}`] });
    const bytes = phantomDicom(cine, {
      patientName: 'Phantom^Nobody',
      patientId: 'phantom',
      studyInstanceUid: study.uid,
      seriesInstanceUid: `${study.uid}.1`,
      sopInstanceUid: `${study.uid}.1.${index + 1}`,
    });
    await writeFile(join(folder, 'echo', `${view}.dcm`), bytes);
  }
}
