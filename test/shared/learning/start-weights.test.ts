import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { onnxEngine } from '../../../shared/engine/onnx/onnx-engine.ts';
import { openRuntime } from '../../../shared/engine/onnx/runtime.ts';
import { readArtifact } from '../../../shared/learning/artifact.ts';
import { type Experiment, parseExperiment } from '../../../shared/learning/experiment.ts';
import { startWeights } from '../../../shared/learning/start-weights.ts';
import { trainExperiment } from '../../../shared/learning/train.ts';
import { MemoryFolder, smallExperiment, smallSet } from './small-set.ts';

let engine: Engine;
const first = new MemoryFolder();
const dataset = smallSet(20, 160, 1);

/** No step moves the weights. */
const still: Record<string, string> = {
  epochs: '1',
  mixup: '',
  averaging: '',
  optimizer: '{ kind: adam, learningRate: 1.0e-12 }',
};

async function train(experiment: Experiment, model: MemoryFolder): Promise<string> {
  const artifact = await trainExperiment(experiment, {
    dataset,
    checkpoints: new MemoryFolder(),
    model,
    engine,
    models: () => first,
    command: 'train',
    codeVersion: 'test',
  });
  return artifact!.card.version;
}

beforeAll(async () => {
  engine = onnxEngine(await openRuntime('onnxruntime-node', 1));
  await train(parseExperiment(smallExperiment({ epochs: '1', mixup: '', averaging: '' })), first);
});

describe('an experiment that starts from a model', () => {
  it('has its weights where the nets agree, and chance where they do not', async () => {
    const { card, members } = await readArtifact(first);
    const start = { model: 'small', version: card.version };
    const experiment = { ...parseExperiment(smallExperiment(still)), seed: 9, start, classes: ['A'] };
    const model = new MemoryFolder();
    await train(experiment, model);
    const started = (await readArtifact(model)).members[0]!;
    const difference = (name: string) => {
      const [own, given] = [started.get(name)!.data, members[0]!.get(name)!.data];
      return own.reduce((most, value, i) => Math.max(most, Math.abs(value - given[i]!)), 0);
    };
    expect(difference('conv1.1.weight')).toBeLessThan(1e-6);
    expect(difference('layer4.0.conv1.1.weight')).toBeLessThan(1e-6);
    expect(started.get('linear.weight')!.shape).not.toEqual(members[0]!.get('linear.weight')!.shape);
  });

  it('is refused where there is no such model, or not in that version', async () => {
    const experiment = parseExperiment(smallExperiment(still));
    const from = (version: string) => ({ ...experiment, start: { model: 'small', version } });
    const invalid = { reason: 'experiment_invalid' };
    await expect(startWeights(from('0123456789ab'), undefined)).rejects.toMatchObject(invalid);
    await expect(startWeights(from('0123456789ab'), () => new MemoryFolder())).rejects.toMatchObject(invalid);
    await expect(startWeights(from('0123456789ab'), () => first)).rejects.toThrow(/another version/);
    expect(await startWeights(experiment, undefined)).toBeUndefined();
  });
});
