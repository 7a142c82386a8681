import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configurationHash } from '../../shared/ecg/preprocessing.ts';
import { openRuntime } from '../../shared/engine/onnx/runtime.ts';
import { readArtifact } from '../../shared/learning/artifact.ts';
import { cardPage } from '../../shared/learning/card-page.ts';
import { openDataset } from '../../shared/learning/dataset.ts';
import { checkExperiment, parseExperiment } from '../../shared/learning/experiment.ts';
import { macro } from '../../shared/learning/metrics/macro.ts';
import { EdgeModel } from '../../shared/scoring/edge-model.ts';
import { diskFolder } from '../../shared/storage/folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = `${root}models/ecg-superclass`;
const data = `${root}../shared/data/ecg/ptbxl-superclass`;

describe('models/ecg-superclass', () => {
  it('is whole: weights of its card, the experiment of its name, a page that says what the card says', async () => {
    const { card } = await readArtifact(diskFolder(folder));
    const experiment = readFileSync(`${root}experiments/ecg-superclass.yml`, 'utf8');
    expect(checkExperiment(card.training.experiment)).toEqual(parseExperiment(experiment));
    expect(parse(experiment)).toMatchObject({ name: card.name });
    expect(card.preprocessingHash).toBe(configurationHash(card.preprocessing));
    expect(readFileSync(`${folder}/card.md`, 'utf8')).toBe(cardPage(card));
    expect(readFileSync(`${root}NOTICE`, 'utf8')).toContain('PTB-XL');
  });

  it('is small: weights under 4 MB, everything under 8 MB', () => {
    const files = readdirSync(folder).map((name) => ({ name, bytes: statSync(`${folder}/${name}`).size }));
    const sum = (some: typeof files) => some.reduce((total, { bytes }) => total + bytes, 0);
    expect(sum(files.filter(({ name }) => name.endsWith('.safetensors')))).toBeLessThan(4_000_000);
    expect(sum(files)).toBeLessThan(8_000_000);
  });

  it.skipIf(!existsSync(data))(
    'reaches on the validation set what its card says (needs ../shared/data)',
    async () => {
      const model = await EdgeModel.load(diskFolder(folder), await openRuntime('onnxruntime-node', 1));
      const { classes, preprocessing, training, evaluation } = model.card;
      const set = await openDataset(
        diskFolder(data),
        training.experiment.data.validation!,
        classes,
        preprocessing,
      );
      const scores = classes.map(() => new Float32Array(set.recordings.length));
      for (let r = 0; r < set.recordings.length; r++) {
        const { samples, data: values } = await set.signal(r);
        const answer = await model.score({ rate: 100, samples, values });
        classes.forEach((_, c) => {
          scores[c]![r] = answer[c]!;
        });
      }
      const labels = classes.map((_, c) =>
        Uint8Array.from(set.recordings, (recording) => recording.labels[c]!),
      );
      const auroc = macro('auroc', labels, scores);
      expect(auroc).toBeCloseTo(evaluation!.macroAuroc.value!, 3);
      expect(auroc).toBeGreaterThan(0.93);
    },
  );
});
