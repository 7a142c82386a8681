import { describe, expect, it } from 'vitest';
import { shippedModels } from '../../../shared/deployment/shipped-models.ts';
import { generateEcg } from '../../../shared/ecg/generator.ts';
import { preprocess } from '../../../shared/ecg/preprocessing.ts';
import { openRuntime } from '../../../shared/engine/onnx/runtime.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { readArtifact } from '../../../shared/learning/artifact.ts';
import { chunkStarts } from '../../../shared/nets/chunk-starts.ts';
import { EdgeModel } from '../../../shared/scoring/edge-model.ts';
import { explain } from '../../../shared/scoring/explain.ts';
import { integratedGradients, type ModelGradient } from '../../../shared/scoring/integrated-gradients.ts';
import { openGradient } from '../../../shared/scoring/open-gradient.ts';
import { predictionsOf } from '../../../shared/scoring/predictions.ts';
import { diskFolder } from '../../../shared/storage/folder.ts';
import { relativeError } from '../../reference.ts';

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

describe('integratedGradients', () => {
  it('of a known function are what they must be, and overlapping windows add up', async () => {
    // logit = sum of the cubes over all windows: its gradient is three squares, and the cube itself what a sample adds.
    const cubes: ModelGradient = async (signals) => ({
      logits: Float32Array.of(0, sum(signals.map((x) => x ** 3))),
      gradient: signals.map((x) => 3 * x * x),
    });
    const data = Float32Array.from([1, -2, 3, 0.5, 2, 1, 0, -1]);
    const signal = { leads: 2, samples: 4, data };
    const { values, logit, baselineLogit } = await integratedGradients(cubes, signal, [0, 1], 3, 1, 2);
    const times = [1, 2, 2, 1];
    const expected = data.map((x, i) => x ** 3 * times[i % 4]!);
    expect(relativeError(values, expected)).toBeLessThan(1e-6);
    expect(sum(values)).toBeCloseTo(logit - baselineLogit, 4);
  });

  it('of the shipped model make up the difference of the logits, at the edge as in a job', async () => {
    const { folder } = shippedModels().find(({ task }) => task === 'ecg')!;
    const model = await EdgeModel.load(diskFolder(folder), await openRuntime('onnxruntime-node', 1));
    const engine = await openEngine({ prefer: 'onnxruntime-node', threads: 1 });
    const opened = (await openGradient(await readArtifact(diskFolder(folder)), engine))!;
    const { card } = model;
    if (card.net.name !== 'dsail') throw new Error('the edge runs this net only');
    const { chunk, chunkStride } = card.net;
    for (const [kind, seconds] of [
      ['sinus-rhythm', 10],
      ['left-bundle-branch-block', 23],
    ] as const) {
      const { values, samples } = preprocess(
        generateEcg({ kind, seed: 1, seconds }).recording,
        card.preprocessing,
      );
      const signal = { leads: 12, samples, data: values };
      const starts = chunkStarts(samples, { length: chunk, stride: chunkStride });
      const results = [];
      for (const gradient of [model.gradient!, opened.gradient])
        results.push(await integratedGradients(gradient, signal, starts, chunk, 0, card.classes.length));
      for (const { values: moved, logit, baselineLogit } of results) {
        const difference = logit - baselineLogit;
        const size = sum(moved.map(Math.abs));
        // ReLUs open and close along the way: sixteen points leave some percent of all that was moved.
        expect(Math.abs(sum(moved) - difference)).toBeLessThan(0.03 * size);
      }
      expect(relativeError(results[0]!.values, results[1]!.values)).toBeLessThan(1e-2);
    }
    await opened.dispose();
  });
});

describe('explain', async () => {
  const { folder } = shippedModels().find(({ task }) => task === 'ecg')!;
  const model = await EdgeModel.load(diskFolder(folder), await openRuntime('onnxruntime-node', 1));
  const { recording } = generateEcg({ kind: 'left-bundle-branch-block', seed: 11 });
  const preprocessed = preprocess(recording, model.card.preprocessing);
  const predictions = predictionsOf(model.card, await model.score(preprocessed));

  it('explains the strongest called label: shares of leads, and a map of tenths of a second', async () => {
    const explanation = (await explain(model.card, model.gradient!, preprocessed, predictions))!;
    const strongest = [...predictions].sort((a, b) => b.probability - a.probability)[0]!;
    expect(strongest.positive).toBe(true);
    expect(explanation.label).toBe(strongest.label);
    expect(sum(Object.values(explanation.leads))).toBeCloseTo(1, 6);
    expect(explanation.binSeconds).toBeCloseTo(0.1, 9);
    const bins = Object.values(explanation.map).flat();
    expect(bins).toHaveLength(12 * 100);
    expect(Math.max(...bins.map(Math.abs))).toBe(99);
  });

  it('does not explain what is not called, nor hours', async () => {
    const none = predictions.map((prediction) => ({ ...prediction, positive: false }));
    expect(await explain(model.card, model.gradient!, preprocessed, none)).toBeUndefined();
    const long = { rate: 100, samples: 360_000, values: new Float32Array(12 * 360_000) };
    expect(await explain(model.card, model.gradient!, long, predictions)).toBeUndefined();
  });
});
