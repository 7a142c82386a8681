/**
 * What half-precision weights cost: a model folder with float32 weights is scored on a labelled set as it is, and with its
 * weights rounded to float16.
 *
 *     npx systole bench precision --model FOLDER --data FOLDER
 */
import { parseArgs } from 'node:util';
import { table } from '../cli/table.ts';
import { openEngine } from '../shared/engine/open-engine.ts';
import { type Artifact, readArtifact, weightBytes } from '../shared/learning/artifact.ts';
import { openDataset } from '../shared/learning/dataset.ts';
import { macro } from '../shared/learning/metrics/macro.ts';
import { openModel } from '../shared/learning/model.ts';
import { diskFolder } from '../shared/storage/folder.ts';
import { readSafetensors } from '../shared/storage/safetensors.ts';
import { float32Values } from '../shared/storage/stored-tensor.ts';

const { values } = parseArgs({ options: { model: { type: 'string' }, data: { type: 'string' } } });
if (values.model === undefined || values.data === undefined) throw new Error('expected --model and --data');
const artifact = await readArtifact(diskFolder(values.model));
const { card } = artifact;
const experiment = card.training.experiment;
const set = experiment.data.validation;
if (set === undefined) throw new Error('the experiment names no validation set');
const dataset = await openDataset(diskFolder(values.data), set, card.classes, card.preprocessing);
const engine = await openEngine();

async function probabilities(members: Artifact['members']): Promise<Float32Array[]> {
  const model = await openModel({ card, members }, engine);
  const scores: Float32Array[] = [];
  for (let index = 0; index < dataset.recordings.length; index += 1)
    scores.push(await model.score(await dataset.signal(index)));
  await model.dispose();
  return scores;
}

/** Weights as they come back from a file in half precision. */
function rounded(weights: Artifact['members'][number]): Artifact['members'][number] {
  const { tensors } = readSafetensors(weightBytes(weights, 'float16'));
  return new Map(
    [...tensors].map(([name, stored]) => [name, { shape: stored.shape, data: float32Values(stored) }]),
  );
}

const single = await probabilities(artifact.members);
const half = await probabilities(artifact.members.map(rounded));
const labels = card.classes.map((_, c) =>
  Uint8Array.from(dataset.recordings, (recording) => recording.labels[c]!),
);
const auroc = (scores: readonly Float32Array[]) =>
  macro(
    'auroc',
    labels,
    card.classes.map((_, c) => Float32Array.from(scores, (own) => own[c]!)),
  );
let largest = 0;
for (const [index, scores] of single.entries())
  for (const [c, score] of scores.entries()) largest = Math.max(largest, Math.abs(score - half[index]![c]!));
const bytes = (precision: 'float32' | 'float16') =>
  artifact.members.reduce((sum, weights) => sum + weightBytes(weights, precision).length, 0) / 2 ** 20;
process.stdout.write(
  `${card.name} ${card.version}, ${dataset.recordings.length} recordings\n\n` +
    table(
      ['weights', 'MiB', 'macro AUROC', 'largest change of a probability'],
      [
        ['float32', bytes('float32').toFixed(2), auroc(single).toFixed(5), '0'],
        ['float16', bytes('float16').toFixed(2), auroc(half).toFixed(5), largest.toExponential(1)],
      ],
    ),
);
