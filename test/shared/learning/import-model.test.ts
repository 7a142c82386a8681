import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../../shared/deployment/bundle.ts';
import { openRuntime } from '../../../shared/engine/onnx/runtime.ts';
import { openEngine } from '../../../shared/engine/open-engine.ts';
import { SystoleError } from '../../../shared/errors.ts';
import { readArtifact, weightBytes, writeArtifact } from '../../../shared/learning/artifact.ts';
import { parseExperiment } from '../../../shared/learning/experiment.ts';
import { importModel } from '../../../shared/learning/import-model.ts';
import { openModel } from '../../../shared/learning/model.ts';
import { buildNet } from '../../../shared/nets/build-net.ts';
import type { DsailConfiguration } from '../../../shared/nets/configuration.ts';
import { parameterShapes } from '../../../shared/nets/parameter-shapes.ts';
import { Random } from '../../../shared/random.ts';
import { EdgeModel } from '../../../shared/scoring/edge-model.ts';
import { MemoryFolder } from './small-set.ts';

const experiment = parseExperiment(readFileSync(join(root, 'experiments', 'dsail-snu.yml'), 'utf8'));

/** A checkpoint of a narrow DSAIL net in the published form. */
function checkpoint(seed: number, classes: number): Uint8Array {
  const net = buildNet({ ...(experiment.net as DsailConfiguration), width: 1 }, classes);
  const random = new Random(seed);
  const weights = [...parameterShapes(net)].map(([name, shape]) => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () =>
      name.endsWith('running_var') ? random.between(0.5, 1.5) : random.between(-0.1, 0.1),
    );
    return [name, { shape, data }] as const;
  });
  return weightBytes(new Map(weights), 'float32');
}

const origin = { command: 'npx systole models import dsail FILE...', codeVersion: 'test' };

describe('importModel', () => {
  it('makes an ensemble of several checkpoints that the jobs and the edge score alike', async () => {
    const classes = experiment.classes.length;
    const { artifact, onnx } = await importModel(
      experiment,
      [checkpoint(1, classes), checkpoint(2, classes)],
      origin,
    );
    expect(artifact.card).toMatchObject({ evaluatedOn: 'nothing', evaluation: null, net: { width: 1 } });
    expect(artifact.card.members).toHaveLength(2);
    const folder = new MemoryFolder();
    await writeArtifact(folder, artifact, onnx);

    const samples = 5000;
    const values = Float32Array.from({ length: 12 * samples }, (_, i) => Math.sin(i / 37) + Math.cos(i / 11));
    const model = await openModel(
      await readArtifact(folder),
      await openEngine({ prefer: 'onnxruntime-node', threads: 1 }),
    );
    const expected = await model.score({ leads: 12, samples, data: values });
    await model.dispose();
    const edge = await EdgeModel.load(folder, await openRuntime('onnxruntime-node', 1));
    const scored = await edge.score({ rate: 500, samples, values });
    expect(scored).toHaveLength(classes);
    for (const [index, probability] of scored.entries()) expect(probability).toBeCloseTo(expected[index]!, 4);
  });

  it('takes from the experiment what names and shapes do not tell', async () => {
    const own = parseExperiment(readFileSync(join(root, 'experiments', 'ecg-superclass.yml'), 'utf8'));
    const file = readFileSync(join(root, 'models', 'ecg-superclass', 'weights-0.safetensors'));
    const { artifact } = await importModel(own, [file], origin);
    expect(artifact.card.net).toEqual(own.net);
    expect(artifact.card.net).toMatchObject({ chunk: 1000 });
  });

  it('refuses a checkpoint that answers for another number of classes, or is of another net', async () => {
    await expect(importModel(experiment, [checkpoint(1, 5)], origin)).rejects.toThrow(/5 classes/);
    await expect(importModel(experiment, [new Uint8Array(64)], origin)).rejects.toThrow(SystoleError);
  });
});
