import * as tf from '@tensorflow/tfjs-core';
import type { CompiledForward, Engine } from '../engine/engine.ts';
import type { NetParameters } from '../engine/pass.ts';
import { targetOptions } from './batch.ts';
import type { Dataset } from './dataset.ts';
import type { Experiment } from './experiment.ts';
import type { Loss } from './losses/loss.ts';
import { lossOf } from './losses/loss-of.ts';
import { targetsOf } from './losses/targets.ts';
import type { TrainableNet } from './trainable-net.ts';

/** What the net says of a whole data set: [class][recording], and the mean loss. */
export interface SetScores {
  readonly labels: readonly Uint8Array[];
  readonly probabilities: readonly Float32Array[];
  readonly loss: number;
}

/**
 * Scores every recording of a data set: its windows go through the net's features, the largest value of each feature
 * over the windows through its head. Windows of several recordings share a batch; what is left of the last one is
 * zeros whose results are dropped.
 */
export async function scoreDataset(
  engine: Engine,
  experiment: Experiment,
  net: TrainableNet,
  parameters: NetParameters,
  dataset: Dataset,
): Promise<SetScores> {
  const { classes, batch } = experiment;
  const count = dataset.recordings.length;
  const shape = [batch, ...net.inputShape(net.samples)];
  const features = await engine.compileForward({
    forward: ({ signals }, pass) => ({ features: net.features(pass, signals!) }),
    parameters,
    inputs: { signals: { shape, dtype: 'float32' } },
  });
  const pooled: Float32Array[] = [];
  try {
    const size = shape.slice(1).reduce((product, dimension) => product * dimension, 1);
    const input = new Float32Array(batch * size);
    let owners: number[] = [];
    const flush = async () => {
      if (owners.length === 0) return;
      input.fill(0, owners.length * size);
      const result = (await features.run({ signals: input })).features!;
      const [data, width] = [result.data, result.shape[1]!];
      owners.forEach((owner, row) => {
        const values = data.slice(row * width, (row + 1) * width) as Float32Array;
        const kept = pooled[owner];
        if (kept === undefined) pooled[owner] = values;
        else for (let f = 0; f < width; f++) kept[f] = Math.max(kept[f]!, values[f]!);
      });
      owners = [];
    };
    for (let recording = 0; recording < count; recording++) {
      for (const window of net.windows(await dataset.signal(recording))) {
        input.set(net.input(window), owners.length * size);
        owners.push(recording);
        if (owners.length === batch) await flush();
      }
    }
    await flush();
  } finally {
    await features.dispose();
  }

  const width = pooled[0]!.length;
  const head = await compileHead(engine, net, parameters, lossOf(experiment.loss), {
    batch,
    features: width,
    classes: classes.length,
    single: experiment.loss.kind !== 'binary-cross-entropy',
  });
  const labels = classes.map((_, c) =>
    Uint8Array.from(dataset.recordings, (recording) => recording.labels[c]!),
  );
  const probabilities = classes.map(() => new Float32Array(count));
  let lossSum = 0;
  try {
    const options = targetOptions(experiment);
    for (let start = 0; start < count; start += batch) {
      const rows = pooled.slice(start, start + batch);
      const values = new Float32Array(batch * width);
      const present = new Float32Array(batch * classes.length);
      const absent = new Float32Array(batch * classes.length);
      rows.forEach((row, r) => {
        values.set(row, r * width);
        const targets = targetsOf(dataset.recordings[start + r]!.labels, options);
        present.set(targets.present, r * classes.length);
        absent.set(targets.absent, r * classes.length);
      });
      const answer = await head.run({ features: values, present, absent });
      rows.forEach((_, r) => {
        lossSum += answer.loss!.data[r]!;
        for (let c = 0; c < classes.length; c++) {
          probabilities[c]![start + r] = answer.probabilities!.data[r * classes.length + c]!;
        }
      });
    }
  } finally {
    await head.dispose();
  }
  return { labels, probabilities, loss: lossSum / count };
}

function compileHead(
  engine: Engine,
  net: TrainableNet,
  parameters: NetParameters,
  loss: Loss,
  size: { batch: number; features: number; classes: number; single: boolean },
): Promise<CompiledForward> {
  const perClass = { shape: [size.batch, size.classes], dtype: 'float32' } as const;
  return engine.compileForward({
    forward: ({ features, present, absent }, pass) => {
      const logits = net.head(pass, features as tf.Tensor2D);
      const probabilities = size.single ? tf.softmax(logits) : tf.sigmoid(logits);
      return { probabilities, loss: loss(logits, present!, absent!) };
    },
    parameters,
    inputs: {
      features: { shape: [size.batch, size.features], dtype: 'float32' },
      present: perClass,
      absent: perClass,
    },
  });
}
