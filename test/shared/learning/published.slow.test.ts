import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { standardLeads } from '../../../shared/ecg/recording.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { readArtifact } from '../../../shared/learning/artifact.ts';
import { parseExperiment } from '../../../shared/learning/experiment.ts';
import { openModel } from '../../../shared/learning/model.ts';
import { trainExperiment } from '../../../shared/learning/train.ts';
import { Random } from '../../../shared/random.ts';
import { MemoryFolder } from './small-set.ts';

const experiments = new URL('../../../experiments/', import.meta.url);

/** Recordings in the XML of the pulmonary-embolism system with its headless label tables. */
function embolismSet(): MemoryFolder {
  const random = new Random(1);
  const folder = new MemoryFolder();
  for (const [set, count] of [
    ['train', 6],
    ['validation', 4],
  ] as const) {
    let table = '';
    for (let r = 0; r < count; r++) {
      table += `${set}${r};${r % 2}\n`;
      const channels = standardLeads.map((lead) => {
        const samples = Array.from({ length: 5000 }, () => Math.round(100 * random.normal()));
        return `<channel name="${lead}">${samples.join(' ')}</channel>`;
      });
      const xml = `<?xml version="1.0" encoding="ISO-8859-1"?><ecg><rhythm>${channels.join('')}</rhythm></ecg>`;
      folder.files.set(`${set}/${set}${r}.xml`, new TextEncoder().encode(xml));
    }
    folder.files.set(`${set}.csv`, new TextEncoder().encode(table));
  }
  return folder;
}

it.each(readdirSync(experiments).filter((file) => file.startsWith('pe-')))(
  '%s trains, in one short epoch, and its model answers',
  async (file) => {
    const published = parseExperiment(readFileSync(new URL(file, experiments), 'utf8'));
    const model = new MemoryFolder();
    const engine = await openEngine({ prefer: 'onnxruntime-node', threads: 2 });
    const artifact = await trainExperiment(
      { ...published, epochs: 1, batch: 2 },
      {
        dataset: embolismSet(),
        checkpoints: new MemoryFolder(),
        model,
        engine,
        command: 'train',
        codeVersion: 'test',
      },
    );
    expect(artifact!.card.output).toBe('softmax');
    const opened = await openModel(await readArtifact(model), engine);
    const signal = { leads: 12, samples: 5000, data: new Float32Array(60_000).map((_, i) => Math.sin(i)) };
    const answer = await opened.score(signal);
    await opened.dispose();
    expect(answer).toHaveLength(2);
    expect(answer[0]! + answer[1]!).toBeCloseTo(1, 5);
  },
);
