import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shippedModels } from '../../shared/deployment/shipped-models.ts';
import { parseHeader } from '../../shared/ecg/formats/wfdb/header.ts';
import { readSignals } from '../../shared/ecg/formats/wfdb/read-signals.ts';
import { preprocess } from '../../shared/ecg/preprocessing.ts';
import { frameForms } from '../../shared/echo/frame-forms.ts';
import { openRuntime } from '../../shared/engine/onnx/runtime.ts';
import type { Card } from '../../shared/learning/card.ts';
import { writePictureArtifact } from '../../shared/learning/pictures/picture-artifact.ts';
import { EdgeModel } from '../../shared/scoring/edge-model.ts';
import { readAnimatedPng } from '../../shared/storage/animated-png.ts';
import { diskFolder } from '../../shared/storage/folder.ts';
import { readFrameChunks, readPreparedCine } from '../../shared/storage/prepared-cine.ts';
import { readSignal } from '../../shared/storage/tensors.ts';
import { generatedRecord } from '../cloud/records.ts';
import { drawnEjectionFraction, drawnHeart } from '../shared/echo/drawn-heart.ts';
import { changed, ultrasoundFile } from '../shared/echo/ultrasound.ts';
import { greyLevelModel, oneViewModel } from '../shared/learning/pictures/grey-level-models.ts';
import { smallExperiment, smallSet } from '../shared/learning/small-set.ts';
import { Program } from './program.ts';

let folder: string;
const shipped = shippedModels().find(({ task }) => task === 'ecg')!;
const card = shipped.card as unknown as Card;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'systole-alone-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('preprocess and infer, alone', () => {
  it('score a record on disk as the edge does', async () => {
    const record = generatedRecord('r', 1);
    for (const [name, bytes] of record) await writeFile(join(folder, name), bytes);
    const configuration = join(folder, 'configuration.json');
    await writeFile(configuration, JSON.stringify(card.preprocessing));
    const tensors = join(folder, 'tensors');
    const prepared = await Program.run('preprocess', [
      join(folder, 'r.hea'),
      '--output',
      tensors,
      '--configuration',
      configuration,
    ]);
    expect(prepared, prepared.err).toMatchObject({ status: 0 });
    const recording = readSignals(
      parseHeader(record.get('r.hea')!),
      new Map([['r.dat', record.get('r.dat')!]]),
    );
    const expected = preprocess(recording, card.preprocessing);
    const signal = readSignal(await readFile(join(tensors, 'r.safetensors')));
    expect(signal.samples).toBe(expected.samples);
    expect(signal.values).toEqual(expected.values);

    const inferred = await Program.run('infer', [
      join(tensors, 'r.safetensors'),
      '--model',
      shipped.folder,
      '--threads',
      '1',
    ]);
    expect(inferred, inferred.err).toMatchObject({ status: 0 });
    const { path, predictions } = JSON.parse(inferred.out) as {
      path: string;
      predictions: { label: string; probability: number }[];
    };
    expect(path).toBe(join(tensors, 'r.safetensors'));
    const edge = await EdgeModel.load(diskFolder(shipped.folder), await openRuntime('onnxruntime-node', 1));
    const probabilities = await edge.score(expected);
    for (const [index, { label, probability }] of predictions.entries()) {
      expect(label).toBe(card.classes[index]);
      expect(Math.abs(probability - probabilities[index]!)).toBeLessThan(1e-5);
    }
  });

  it('bring a cine to grey frames', async () => {
    const file = join(folder, 'cine.dcm');
    const pixels = Uint8Array.from({ length: 2 * 32 * 32 }, (_, i) => i % 251);
    await writeFile(
      file,
      ultrasoundFile(
        changed(
          { tag: 0x00280010, vr: 'US', value: [32] },
          { tag: 0x00280011, vr: 'US', value: [32] },
          { tag: 0x7fe00010, vr: 'OB', value: pixels },
        ),
      ),
    );
    expect(await Program.run('preprocess', [file, '--output', folder])).toMatchObject({ status: 0 });
    const cine = diskFolder(join(folder, 'cine'));
    const { sampled, frames } = await readPreparedCine(cine);
    expect(frames).toEqual(Int32Array.of(0, 1));
    expect(sampled).toMatchObject({ edge: 224, frames: Int32Array.of(0, 1) });
    const [form] = frameForms([]).every;
    for await (const chunk of readFrameChunks(cine, form!, 2)) expect(chunk.length).toBe(2 * 384 * 384);
  });

  it('tell view, volumes and ejection fraction of a cine', async () => {
    const file = join(folder, 'heart.dcm');
    await writeFile(file, drawnHeart());
    const models = { views: oneViewModel('a4c'), chambers: greyLevelModel('a4c') };
    for (const [name, artifact] of Object.entries(models))
      await writePictureArtifact(diskFolder(join(folder, name)), artifact);
    const forms = Object.keys(models).flatMap((name) => ['--model', join(folder, name)]);
    const prepared = await Program.run('preprocess', [file, '--output', folder, ...forms]);
    expect(prepared, prepared.err).toMatchObject({ status: 0 });
    const answer = async (model: string) => {
      const args = [join(folder, 'heart'), '--model', join(folder, model), '--threads', '1'];
      const inferred = await Program.run('infer', args);
      expect(inferred, inferred.err).toMatchObject({ status: 0 });
      return JSON.parse(inferred.out) as Record<string, unknown>;
    };
    expect(await answer('views')).toMatchObject({ view: 'a4c' });
    const { ef, masks } = (await answer('chambers')) as { ef: { value: number }; masks: string };
    expect(Math.abs(ef.value - drawnEjectionFraction(0.4))).toBeLessThan(4);
    expect(readAnimatedPng(await readFile(masks)).count).toBe(48);
  });
});

describe('train, alone', () => {
  it('trains a small net on a folder', async () => {
    const data = join(folder, 'data');
    for (const [name, bytes] of smallSet(16, 200, 1).files) {
      await mkdir(dirname(join(data, name)), { recursive: true });
      await writeFile(join(data, name), bytes);
    }
    const experiment = join(folder, 'small.yml');
    await writeFile(experiment, smallExperiment({ epochs: '1' }));
    const model = join(folder, 'model');
    const trained = await Program.run('train', [
      experiment,
      '--data',
      data,
      '--output',
      model,
      '--threads',
      '1',
    ]);
    expect(trained, trained.err).toMatchObject({ status: 0 });
    expect(trained.out).toMatch(/^small [0-9a-f]{12}\n$/);
    expect(trained.err).toContain('epoch 1/1');
    expect(await readdir(model)).toEqual(
      expect.arrayContaining(['card.json', 'card.md', 'model.onnx', 'weights.safetensors']),
    );
  });
});

it("evaluate says the challenge's figures of headers and outputs", async () => {
  await mkdir(join(folder, 'labels'), { recursive: true });
  await mkdir(join(folder, 'outputs'), { recursive: true });
  await writeFile(join(folder, 'labels', 'A1.hea'), 'A1 1 500 10\nA1.mat 16\n#Dx: AF\n');
  await writeFile(join(folder, 'outputs', 'A1.csv'), '#A1\n164889003\n1\n0.9\n');
  const ended = await Program.run('evaluate', [join(folder, 'labels'), join(folder, 'outputs')]);
  expect(ended, ended.err).toMatchObject({ status: 0 });
  expect(JSON.parse(ended.out)).toMatchObject({ accuracy: 1, challengeMetric: 1, auroc: null });
});

describe('exit statuses, alone', () => {
  it.each([
    ['0 for help', 'preprocess', ['--help'], 0, ''],
    ['1 for wrong use', 'preprocess', ['--output', 'x'], 1, 'expected FILE... --output FOLDER'],
    ['1 for wrong use', 'evaluate', ['x'], 1, 'expected LABELS OUTPUTS'],
    ['1 for an unknown option', 'infer', ['a', '--frobnicate'], 1, '--frobnicate'],
    ['1 for an absent file', 'preprocess', ['/nowhere.hea', '--output', 'x'], 1, 'ENOENT'],
  ] as const)('%s', async (_, name, args, status, message) => {
    const given = args.map((arg) => (arg === 'x' ? join(folder, 'x') : arg));
    const ended = await Program.run(name, given);
    expect(ended.status).toBe(status);
    expect(ended.err).toContain(message);
    if (status === 0) expect(ended.out).toContain('HEADER.hea');
  });

  it('65 for bad data, with the reason', async () => {
    const file = join(folder, 'letter.hea');
    await writeFile(file, 'Dear colleague,\n');
    const ended = await Program.run('preprocess', [file, '--output', folder]);
    expect(ended).toMatchObject({ status: 65, out: '' });
    expect(ended.err).toMatch(/^preprocess: /);
    const experiment = join(folder, 'wrong.yml');
    await writeFile(experiment, smallExperiment().replace('batch: 16', 'batches: 16'));
    const refused = await Program.run('train', [experiment, '--data', folder, '--output', folder]);
    expect(refused.status).toBe(65);
    expect(refused.err).toContain('batches');
  });
});
