import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPeXml } from '../../../shared/ecg/formats/pe-xml.ts';
import { generateEcg } from '../../../shared/ecg/generator.ts';
import { preprocess } from '../../../shared/ecg/preprocessing.ts';
import { openRuntime } from '../../../shared/engine/onnx/runtime.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { readArtifact } from '../../../shared/learning/artifact.ts';
import { parseExperiment } from '../../../shared/learning/experiment.ts';
import { openModel } from '../../../shared/learning/model.ts';
import { trainExperiment } from '../../../shared/learning/train.ts';
import { Random } from '../../../shared/random.ts';
import { EdgeModel } from '../../../shared/scoring/edge-model.ts';
import { peChannels, peXmlOf } from '../../cloud/pe-xml.ts';
import { MemoryFolder } from './small-set.ts';

const xml = (seed: number) => peXmlOf(peChannels(generateEcg({ kind: 'sinus-rhythm', seed }).recording));

describe("the pulmonary-embolism system's experiments run on its own file formats", () => {
  it.each([
    'pe-baseline',
    'pe-resnet18-attention',
    'pe-spectrogram-resnet18-attention',
    'pe-resnet18-lstm',
    'pe-resnet18-encoder',
  ])('%s', async (name) => {
    const text = readFileSync(new URL(`../../../experiments/${name}.yml`, import.meta.url), 'utf8');
    const experiment = parseExperiment(
      text.replace(/^batch: \d+$/m, 'batch: 2').replace(/^epochs: \d+$/m, 'epochs: 1'),
    );
    expect([experiment.batch, experiment.epochs]).toEqual([2, 1]);
    const dataset = new MemoryFolder();
    const labels = (seeds: readonly number[]) => seeds.map((seed) => `${seed}.xml;${seed % 2}\n`).join('');
    await dataset.write('train.csv', labels([1, 2, 3, 4]));
    await dataset.write('validation.csv', labels([5, 6]));
    for (const seed of [1, 2, 3, 4]) await dataset.write(`train/${seed}.xml`, xml(seed));
    for (const seed of [5, 6]) await dataset.write(`validation/${seed}.xml`, xml(seed));
    const engine = await openEngine({ threads: 1 });
    const model = new MemoryFolder();
    const artifact = await trainExperiment(experiment, {
      dataset,
      checkpoints: new MemoryFolder(),
      model,
      engine,
      command: 'test',
      codeVersion: 'test',
    });
    expect(artifact!.card.classes).toEqual(['not PE', 'PE']);
    const opened = await openModel(await readArtifact(model), engine);
    const { values, samples } = preprocess(readPeXml(xml(7)), experiment.preprocessing);
    const signal = { leads: 12, samples, data: values };
    const answer = await opened.score(signal);
    expect(answer[0]! + answer[1]!).toBeCloseTo(1, 5);
    // The edge answers alike, whatever the net takes.
    const edge = await EdgeModel.load(model, await openRuntime('onnxruntime-node', 1));
    const atEdge = await edge.score({ rate: 500, samples, values });
    for (const [c, probability] of answer.entries()) expect(atEdge[c]).toBeCloseTo(probability, 4);
    // A trained net's answer depends on the recording.
    const random = new Random(1);
    const other = await opened.score({ ...signal, data: values.map(() => random.normal()) });
    expect(other[0]).not.toBe(answer[0]);
    await opened.dispose();
  });
});
