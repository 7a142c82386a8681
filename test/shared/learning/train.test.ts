import '@tensorflow/tfjs-backend-cpu';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { Tensor } from 'onnxruntime-common';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../shared/engine/engine.ts';
import { onnxEngine } from '../../../shared/engine/onnx/onnx-engine.ts';
import { openRuntime } from '../../../shared/engine/onnx/runtime.ts';
import { readArtifact } from '../../../shared/learning/artifact.ts';
import { calibrate } from '../../../shared/learning/calibration/calibration.ts';
import { openDataset } from '../../../shared/learning/dataset.ts';
import { parseExperiment } from '../../../shared/learning/experiment.ts';
import { auroc } from '../../../shared/learning/metrics/auroc.ts';
import { openModel } from '../../../shared/learning/model.ts';
import { writeTfjs } from '../../../shared/learning/model-tfjs.ts';
import { type TrainOptions, trainExperiment } from '../../../shared/learning/train.ts';
import type { Progress } from '../../../shared/learning/train-run.ts';
import { trainableNet } from '../../../shared/learning/trainable-net.ts';
import { MemoryFolder, smallExperiment, smallSet } from './small-set.ts';

const quick = '{ kind: adam, learningRate: 0.01 }';
const dataset = smallSet(70, 160, 1);
const few = smallSet(40, 160, 1);
let engine: Engine;

beforeAll(async () => {
  engine = onnxEngine(await openRuntime('onnxruntime-node', 1));
});

function options(
  changes: Partial<TrainOptions> = {},
): TrainOptions & { model: MemoryFolder; checkpoints: MemoryFolder } {
  return {
    dataset,
    checkpoints: new MemoryFolder(),
    model: new MemoryFolder(),
    engine,
    command: 'train',
    codeVersion: 'test',
    ...changes,
  } as TrainOptions & { model: MemoryFolder; checkpoints: MemoryFolder };
}

describe('trainExperiment', () => {
  it('learns a set that can be learnt, and its model folder scores as it was measured', async () => {
    const experiment = parseExperiment(
      smallExperiment({ epochs: '12', mixup: '', augmentation: '[]', averaging: '', optimizer: quick }),
    );
    const told: Progress[] = [];
    const to = options({ onProgress: (progress) => told.push(progress) });
    const artifact = await trainExperiment(experiment, to);
    expect(artifact!.card.evaluation!.macroAuroc.value).toBeGreaterThan(0.9);

    const done = told.filter(({ epochDone }) => epochDone !== undefined);
    expect(done.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(done.at(-1)!.secondsLeft).toBe(0);
    expect(done.at(-1)!.epochDone!.trainingLoss).toBeLessThan(done[0]!.epochDone!.trainingLoss);
    expect(told).toHaveLength(12 * (5 + 1));

    const model = await openModel(await readArtifact(to.model), engine);
    const set = await openDataset(
      dataset,
      experiment.data.train,
      experiment.classes,
      experiment.preprocessing,
    );
    const scores: Float32Array[] = [];
    for (let r = 0; r < set.recordings.length; r++) scores.push(await model.score(await set.signal(r)));
    await model.dispose();
    artifact!.card.evaluation!.classes.forEach((one, c) => {
      const ours = auroc(
        set.recordings.map(({ labels }) => labels[c]!),
        scores.map((score) => score[c]!),
      );
      expect(ours).toBeCloseTo(one.auroc.value!, 6);
    });
    // The ONNX file alone says the same, for one window and for several.
    const session = await (await openRuntime('onnxruntime-node', 1)).createSession(
      to.model.files.get('model.onnx')!,
    );
    const net = trainableNet(experiment.net, 2);
    for (const recording of [0, 1]) {
      const inputs = net.windows(await set.signal(recording)).map((window) => net.input(window));
      const { probabilities } = await session.run({
        signals: new Tensor(
          'float32',
          inputs.flatMap((values) => [...values]),
          [inputs.length, 128, 12],
        ),
      });
      expect(inputs.length).toBe(2);
      for (const c of [0, 1]) {
        expect(Math.abs((probabilities!.data as Float32Array)[c]! - scores[recording]![c]!)).toBeLessThan(
          1e-5,
        );
      }
    }
    await session.release();
    const page = new TextDecoder().decode(to.model.files.get('card.md'));
    expect(page).toContain('not a medical device');
    expect(page).toContain(artifact!.card.version);
  });

  it('gives the same weights with the same seed, bit for bit, and others with another', async () => {
    const experiment = parseExperiment(smallExperiment({ epochs: '2' }));
    const once = await trainExperiment(experiment, options({ dataset: few }));
    const again = await trainExperiment(experiment, options({ dataset: few }));
    expect(again!.card.version).toBe(once!.card.version);
    const other = await trainExperiment({ ...experiment, seed: 4 }, options({ dataset: few }));
    expect(other!.card.version).not.toBe(once!.card.version);
  });

  it.each<Record<string, string>>([
    { optimizer: '{ kind: adam, learningRate: 0.01 }', schedule: '{ kind: warmup-plateau, patience: 0 }' },
    {
      optimizer: '{ kind: sgd, learningRate: 0.05 }',
      mixup: '{ where: input, alpha: 0.4 }',
      loss: '{ kind: focal, gamma: 2, alpha: [0.4, 0.6] }',
      averaging: '',
    },
  ])('interrupted anywhere and resumed, it ends as if it had not been: %j', async (changes) => {
    const experiment = parseExperiment(smallExperiment({ epochs: '3', ...changes }));
    const whole = await trainExperiment(experiment, options({ dataset: few }));
    const to = options({ dataset: few });
    let outcome: unknown;
    let starts = 0;
    while (outcome === undefined) {
      const stop = new AbortController();
      let steps = 0;
      const limit = [2, 3, 1, 4][starts++ % 4]!;
      outcome = await trainExperiment(experiment, {
        ...to,
        signal: stop.signal,
        onProgress: ({ epochDone }) => {
          if (epochDone === undefined && ++steps === limit) stop.abort();
        },
      });
      if (outcome === undefined) expect(to.model.files.size).toBe(0);
    }
    expect(starts).toBeGreaterThan(3);
    expect([...to.model.files.keys()].sort()).toEqual([
      'card.json',
      'card.md',
      'explain.onnx',
      'model.onnx',
      'weights.safetensors',
    ]);
    const { card } = await readArtifact(to.model);
    expect(card).toEqual(JSON.parse(JSON.stringify(whole!.card)));
    expect(card.explain).toBe('explain.onnx');
  });

  it('refuses the checkpoint of another experiment', async () => {
    const to = options({ dataset: few });
    await trainExperiment(parseExperiment(smallExperiment({ epochs: '1' })), to);
    await expect(trainExperiment(parseExperiment(smallExperiment({ epochs: '2' })), to)).rejects.toThrow(
      /another experiment/,
    );
  });

  it('stops early, and keeps the best epoch', async () => {
    const experiment = parseExperiment(
      smallExperiment({ epochs: '30', earlyStopping: '{ patience: 2 }', schedule: '{ kind: constant }' }),
    );
    const artifact = await trainExperiment(experiment, options({ dataset: few }));
    const { done, chosen } = artifact!.card.training.epochs[0]!;
    expect(done).toBeLessThan(30);
    expect(done - chosen).toBe(2);
  });

  it('trains folds as members of one model, and measures each recording by the member that has not seen it', async () => {
    const experiment = parseExperiment(
      smallExperiment({ validation: 'folds: { count: 3 }', epochs: '3', mixup: '', averaging: '' }),
    );
    const to = options();
    const folds = new Set<number | undefined>();
    const artifact = await trainExperiment(experiment, {
      ...to,
      onProgress: ({ fold }) => folds.add(fold),
    });
    expect([...folds]).toEqual([0, 1, 2]);
    const { card } = artifact!;
    expect(card.members).toEqual(['weights-0.safetensors', 'weights-1.safetensors', 'weights-2.safetensors']);
    expect(card.evaluatedOn).toBe('held-out folds');
    expect(card.evaluation!.recordings).toBe(70);

    // The model's answer is the mean of its members'.
    const signal = await (
      await openDataset(dataset, experiment.data.train, experiment.classes, experiment.preprocessing)
    ).signal(0);
    const read = await readArtifact(to.model);
    const score = async (members: number[]) => {
      const part = {
        card: { ...card, members: members.map((m) => card.members[m]!) },
        members: members.map((m) => read.members[m]!),
      };
      const model = await openModel(part, engine);
      const answer = await model.score(signal);
      await model.dispose();
      return answer;
    };
    const [whole, ...single] = await Promise.all([score([0, 1, 2]), score([0]), score([1]), score([2])]);
    for (const c of [0, 1]) {
      expect(whole![c]).toBeCloseTo((single[0]![c]! + single[1]![c]! + single[2]![c]!) / 3, 5);
    }
  });

  it('trains members from seeds that count up, stores them in half precision, and measures them as stored', async () => {
    const experiment = parseExperiment(
      `${smallExperiment({ epochs: '2', mixup: '', averaging: '' })}members: 2\nprecision: float16\n`,
    );
    const to = options();
    const epochs = new Set<number>();
    const artifact = await trainExperiment(experiment, {
      ...to,
      onProgress: ({ epoch }) => epochs.add(epoch),
    });
    expect([...epochs]).toEqual([1, 2, 3, 4]);
    const read = await readArtifact(to.model);
    expect(read.card.members).toEqual(['weights-0.safetensors', 'weights-1.safetensors']);
    expect(read.members[0]!.get('linear.weight')!.data).not.toEqual(
      read.members[1]!.get('linear.weight')!.data,
    );
    expect(read.members).toEqual(artifact!.members);
    const values = [...read.members[0]!.values()].reduce((sum, { data }) => sum + data.length, 0);
    expect(to.model.files.get('weights-0.safetensors')!.length).toBeLessThan(2 * values + 8192);

    const set = await openDataset(
      dataset,
      experiment.data.train,
      experiment.classes,
      experiment.preprocessing,
    );
    const model = await openModel(read, engine);
    const scores: Float32Array[] = [];
    for (let r = 0; r < set.recordings.length; r++) scores.push(await model.score(await set.signal(r)));
    await model.dispose();
    const measured = auroc(
      set.recordings.map(({ labels }) => labels[0]!),
      scores.map((score) => score[0]!),
    );
    expect(measured).toBeCloseTo(artifact!.card.evaluation!.classes[0]!.auroc.value!, 6);

    // The same as a tf.js graph model.
    const folder = new MemoryFolder();
    await writeTfjs(folder, read);
    const { modelTopology, weightsManifest, signature } = JSON.parse(
      new TextDecoder().decode(folder.files.get('model.json')),
    );
    const paths: string[] = weightsManifest[0].paths;
    const graph = await loadGraphModel({
      load: async () => ({
        modelTopology,
        signature,
        weightSpecs: weightsManifest[0].weights,
        weightData: new Uint8Array(Buffer.concat(paths.map((path) => folder.files.get(path)!))).buffer,
      }),
    });
    const net = trainableNet(experiment.net, 2);
    const inputs = net.windows(await set.signal(0)).map((window) => net.input(window));
    await tf.setBackend('cpu');
    const signals = tf.tensor(
      inputs.flatMap((values) => [...values]),
      [inputs.length, 128, 12],
    );
    const answer = await (graph.predict({ signals }) as tf.Tensor).data();
    for (const c of [0, 1]) expect(Math.abs(answer[c]! - scores[0]![c]!)).toBeLessThan(1e-5);
  });

  it('weighs, selects and sets thresholds by the 2020 challenge', async () => {
    const codes = ['426783006', '164889003'] as const;
    const text = smallExperiment({
      epochs: '3',
      selection: '{ epoch: best, metric: challenge-2020 }',
      loss: '{ kind: binary-cross-entropy, confusion: challenge-2020 }',
    }).replace('[A, B]', `["${codes[0]}", "${codes[1]}"]`);
    const told: Progress[] = [];
    const artifact = await trainExperiment(
      parseExperiment(text),
      options({
        dataset: smallSet(40, 160, 1, codes),
        onProgress: (progress) => told.push(progress),
      }),
    );
    const challenge = told.flatMap(({ epochDone }) =>
      epochDone === undefined ? [] : [epochDone.figures['challenge-2020']!],
    );
    expect(challenge).toHaveLength(3);
    const { chosen } = artifact!.card.training.epochs[0]!;
    expect(challenge[chosen - 1]).toBe(Math.max(...challenge));
  });

  it('calibrates on what it measures, and every answer of the model goes through it', async () => {
    const experiment = parseExperiment(
      `${smallExperiment({ epochs: '2', mixup: '', averaging: '' })}calibration: isotonic\nthresholds: 0.25\n`,
    );
    const to = options({ dataset: few });
    const { card, members } = (await trainExperiment(experiment, to))!;
    const { calibration, ...uncalibrated } = card;
    expect(calibration!.method).toBe('isotonic');
    expect(card.thresholds).toEqual([0.25, 0.25]);
    const figures = card.evaluation!.calibration!;
    expect(figures.classes.map(({ name }) => name)).toEqual(['A', 'B']);
    expect(figures.brier.before.value).toBeGreaterThan(0);
    const counted = figures.classes[0]!.after.bins.reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(40);
    const page = new TextDecoder().decode(to.model.files.get('card.md'));
    expect(page).toContain('### Calibration');
    expect(new TextDecoder().decode(to.model.files.get('reliability.svg'))).toContain('<svg');

    const { train, ...rest } = experiment.data;
    expect(rest.validation).toEqual(train);
    const set = await openDataset(few, train, experiment.classes, experiment.preprocessing);
    const [whole, raw] = await Promise.all([
      openModel({ card, members }, engine),
      openModel({ card: uncalibrated, members }, engine),
    ]);
    const signal = await set.signal(0);
    const [answer, before] = [await whole.score(signal), await raw.score(signal)];
    for (const c of [0, 1]) expect(answer[c]).toBe(Math.fround(calibrate(calibration!, c, before[c]!)));
    await whole.dispose();
    await raw.dispose();
  });

  it('names a recording that cannot be read by its fault, not by its content', async () => {
    const broken = smallSet(20, 160, 2);
    broken.files.delete('records/R0003.dat');
    await expect(
      trainExperiment(parseExperiment(smallExperiment()), options({ dataset: broken })),
    ).rejects.toMatchObject({
      reason: 'half_absent',
      detail: expect.stringContaining('Recording 4') as unknown,
    });
  });
});

describe('readArtifact', () => {
  it('refuses a folder that is not what its card says', async () => {
    const to = options({ dataset: few });
    await trainExperiment(parseExperiment(smallExperiment({ epochs: '1' })), to);
    const changed = async (change: (files: Map<string, Uint8Array>) => void) => {
      const folder = new MemoryFolder();
      for (const [name, bytes] of to.model.files) folder.files.set(name, bytes.slice());
      change(folder.files);
      return readArtifact(folder).then(
        (artifact) => openModel(artifact, engine),
        (error: unknown) => Promise.reject(error),
      );
    };
    const weights = 'weights.safetensors';
    const refused = expect.objectContaining({ reason: 'weights_invalid' }) as unknown;
    await expect(changed((files) => files.delete('card.json'))).rejects.toEqual(refused);
    await expect(changed((files) => files.delete(weights))).rejects.toEqual(refused);
    await expect(changed((files) => files.set(weights, files.get(weights)!.slice(0, -1)))).rejects.toEqual(
      refused,
    );
    await expect(changed((files) => files.get(weights)!.fill(0xff, -4))).rejects.toEqual(refused);
    await expect(
      changed((files) => files.set('card.json', new TextEncoder().encode('{"format":"systole-model-1"}'))),
    ).rejects.toEqual(refused);
  });

  it('names the tensor of another net, or the value that is not finite', async () => {
    const to = options({ dataset: few });
    await trainExperiment(parseExperiment(smallExperiment({ epochs: '1' })), to);
    const artifact = await readArtifact(to.model);
    const wider = { ...artifact, card: { ...artifact.card, net: { ...artifact.card.net, width: 2 } } };
    await expect(openModel(wider as typeof artifact, engine)).rejects.toThrow(/conv1\.1\.weight/);
    const extra = new Map([
      ...artifact.members[0]!,
      ['stray', { shape: [1], data: new Float32Array(1) }] as const,
    ]);
    await expect(openModel({ ...artifact, members: [extra] }, engine)).rejects.toThrow(/stray/);
  });
});
