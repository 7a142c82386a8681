import { beforeAll, describe, expect, it } from 'vitest';
import { shippedModels } from '../../../shared/deployment/shipped-models.ts';
import { generateEcg } from '../../../shared/ecg/generator.ts';
import { preprocess } from '../../../shared/ecg/preprocessing.ts';
import { type OnnxRuntime, openRuntime } from '../../../shared/engine/onnx/runtime.ts';
import { ecgPageOf } from '../../../shared/scoring/ecg-page-of.ts';
import { EdgeModel } from '../../../shared/scoring/edge-model.ts';
import { predictionsOf } from '../../../shared/scoring/predictions.ts';
import { diskFolder } from '../../../shared/storage/folder.ts';
import { MemoryFolder } from '../learning/small-set.ts';

const shipped = shippedModels().find(({ task }) => task === 'ecg')!;
let runtime: OnnxRuntime;

beforeAll(async () => {
  runtime = await openRuntime('onnxruntime-node', 1);
});

describe('EdgeModel', () => {
  it.each([6, 10, 60])(
    'scores the shipped model on %i s: probabilities in the order of its classes',
    async (seconds) => {
      const model = await EdgeModel.load(diskFolder(shipped.folder), runtime);
      const { recording } = generateEcg({ kind: 'sinus-rhythm', seed: 1, seconds });
      const probabilities = await model.score(preprocess(recording, model.card.preprocessing));
      expect(probabilities).toHaveLength(model.card.classes.length);
      for (const probability of probabilities) {
        expect(probability).toBeGreaterThan(0);
        expect(probability).toBeLessThan(1);
      }
      const page = ecgPageOf('id', recording, predictionsOf(model.card, probabilities), model.card);
      expect(page).toContain('<svg');
      expect(page).toContain(model.card.version);
    },
  );

  it('refuses a folder without card or graph', async () => {
    const invalid = expect.objectContaining({ reason: 'weights_invalid' });
    const folder = new MemoryFolder();
    await expect(EdgeModel.load(folder, runtime)).rejects.toThrow(invalid);
    await folder.write('card.json', (await diskFolder(shipped.folder).read('card.json'))!);
    await expect(EdgeModel.load(folder, runtime)).rejects.toThrow(invalid);
  });
});
