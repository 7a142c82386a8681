import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { readArtifact } from '../../shared/learning/artifact.ts';
import { openDataset } from '../../shared/learning/dataset.ts';
import { stratifiedFolds } from '../../shared/learning/folds.ts';
import { macro } from '../../shared/learning/metrics/macro.ts';
import { openModel } from '../../shared/learning/model.ts';
import { diskFolder } from '../../shared/storage/folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const data = `${root}../shared/data/ecg/cinc`;

it.skipIf(!existsSync(data))(
  'models/ecg-challenge: each recording, scored by the member that has not seen it, says what the card says (needs ../shared/data)',
  async () => {
    const artifact = await readArtifact(diskFolder(`${root}models/ecg-challenge`));
    const { card } = artifact;
    const { data: source, seed } = card.training.experiment;
    const set = await openDataset(diskFolder(data), source.train, card.classes, card.preprocessing);
    const folds = stratifiedFolds(
      set.recordings.map(({ labels }) => labels),
      source.folds!.count,
      seed,
      set.recordings.map(({ patient }) => patient),
    );
    const engine = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });
    const scores = card.classes.map(() => new Float32Array(set.recordings.length));
    for (const [fold, weights] of artifact.members.entries()) {
      const single = { ...card, members: [card.members[fold]!] };
      const model = await openModel({ card: single, members: [weights] }, engine);
      for (const [r, own] of folds.entries()) {
        if (own !== fold) continue;
        const answer = await model.score(await set.signal(r));
        for (const [c, probability] of answer.entries()) scores[c]![r] = probability;
      }
      await model.dispose();
    }
    const labels = card.classes.map((_, c) => Uint8Array.from(set.recordings, (one) => one.labels[c]!));
    expect(macro('auroc', labels, scores)).toBeCloseTo(card.evaluation!.macroAuroc.value!, 3);
  },
  300_000,
);
