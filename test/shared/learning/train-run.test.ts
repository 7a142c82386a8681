import { expect, it } from 'vitest';
import type { EngineName } from '../../../shared/engine/engine.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { readCheckpoint } from '../../../shared/learning/checkpoint.ts';
import { openDataset } from '../../../shared/learning/dataset.ts';
import { ecgTraining } from '../../../shared/learning/ecg-training.ts';
import { parseExperiment } from '../../../shared/learning/experiment.ts';
import { trainRun } from '../../../shared/learning/train-run.ts';
import { MemoryFolder, smallExperiment, smallSet } from './small-set.ts';

it('takes the same step on ONNX Runtime as on tf.js itself: weights, averages and slots', async () => {
  const experiment = parseExperiment(
    smallExperiment({
      net: '{ name: dsail, width: 1, blocks: 4, kernel: 3, dropout: 0, chunk: 64, chunkStride: 64 }',
      optimizer: '{ kind: sgd, learningRate: 0.1, momentum: 0.9, weightDecay: 0.001 }',
      schedule: '{ kind: constant }',
      window: '{ samples: 48 }',
      batch: '4',
      epochs: '1',
    }),
  );
  const { train } = experiment.data;
  const set = await openDataset(smallSet(4, 64, 1), train, experiment.classes, experiment.preprocessing);
  const outcome = async (prefer: EngineName) => {
    const checkpoints = new MemoryFolder();
    const engine = await openEngine({ prefer, threads: 1 });
    const training = ecgTraining(experiment, { train: set, validation: set, engine });
    const run = await trainRun(training, { checkpoints, engine });
    return { run: run!, state: readCheckpoint(checkpoints.files.get('checkpoint.safetensors')!).state };
  };
  const onnx = await outcome('onnxruntime-node');
  const tfjs = await outcome('tfjs-cpu');
  expect(onnx.run.history[0]!.trainingLoss).toBeCloseTo(tfjs.run.history[0]!.trainingLoss, 5);
  expect(onnx.run.history[0]!.validationLoss).toBeCloseTo(tfjs.run.history[0]!.validationLoss, 5);
  for (const part of ['parameters', 'slots'] as const) {
    expect([...onnx.state[part].keys()].sort()).toEqual([...tfjs.state[part].keys()].sort());
    for (const [name, { data }] of tfjs.state[part]) {
      const ours = onnx.state[part].get(name)!.data;
      const largest = data.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-3);
      const difference = data.reduce((max, value, i) => Math.max(max, Math.abs(value - ours[i]!)), 0);
      expect(difference / largest, name).toBeLessThan(1e-4);
    }
  }
});
