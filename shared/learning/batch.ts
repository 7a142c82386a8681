import { Random } from '../random.ts';
import { augment } from './augmentation/augment.ts';
import { crop } from './augmentation/crop.ts';
import { challengeRewardsOf } from './challenge-score.ts';
import type { Dataset } from './dataset.ts';
import type { Experiment } from './experiment.ts';
import { mixTargets, type TargetOptions, type Targets, targetsOf } from './losses/targets.ts';
import { drawMixing, mixingMatrix } from './mixup.ts';
import type { TrainableNet } from './trainable-net.ts';
import { windowOf } from './windows.ts';

/** The inputs of one training step, row-major. */
export interface Batch {
  /** Each record as the net takes it. */
  readonly signals: Float32Array;
  /** [record, class] */
  readonly present: Float32Array;
  readonly absent: Float32Array;
  /** [record, record]: how hidden features are mixed; without manifold mixup absent. */
  readonly mixing?: Float32Array;
}

/**
 * Which recordings make up a step: the set in the random order of the epoch. The graph takes batches of one size,
 * so the last batch is filled up from the front of the epoch's order (masking would leave zeros in the statistics
 * of the batch norms).
 */
export function batchIndices(
  recordings: number,
  batch: number,
  seed: number,
  epoch: number,
  step: number,
): number[] {
  const order = Random.named(seed, `order ${epoch}`).permutation(recordings);
  return Array.from({ length: batch }, (_, i) => order[(step * batch + i) % recordings]!);
}

/**
 * Reads, augments, cuts and mixes the recordings of one step. All chance comes from the seed, the epoch and the
 * step, so a resumed training draws what an uninterrupted one would have drawn.
 */
export async function trainingBatch(
  dataset: Dataset,
  experiment: Experiment,
  net: TrainableNet,
  seed: number,
  epoch: number,
  step: number,
): Promise<Batch> {
  const { batch, window, classes } = experiment;
  const random = Random.named(seed, `epoch ${epoch} step ${step}`);
  const change = augment(experiment.augmentation);
  const cut = crop(window);
  const options = targetOptions(experiment);
  const indices = batchIndices(dataset.recordings.length, batch, seed, epoch, step);
  const originals = await Promise.all(indices.map((index) => dataset.signal(index)));
  const present = new Float32Array(batch * classes.length);
  const absent = new Float32Array(batch * classes.length);
  const records = originals.map((original, i) => {
    const weights = targetsOf(dataset.recordings[indices[i]!]!.labels, options);
    present.set(weights.present, i * classes.length);
    absent.set(weights.absent, i * classes.length);
    const copy = windowOf(original, 0, Math.max(original.samples, window.samples));
    return net.input(cut(change(copy, random), random));
  });
  const size = records[0]!.length;
  const signals = new Float32Array(batch * size);
  const targets: Targets = { present, absent };
  const { mixup } = experiment;
  if (mixup === undefined) {
    records.forEach((record, i) => {
      signals.set(record, i * size);
    });
    return { signals, ...targets };
  }
  const mixing = drawMixing(batch, mixup.alpha, random);
  const { lambda, partners } = mixing;
  const share = mixup.where === 'input' ? lambda : 1;
  records.forEach((record, i) => {
    const partner = records[partners[i]!]!;
    for (let j = 0; j < size; j++) signals[i * size + j] = share * record[j]! + (1 - share) * partner[j]!;
  });
  const mixed = mixTargets(targets, classes.length, mixing);
  return mixup.where === 'input'
    ? { signals, ...mixed }
    : { signals, ...mixed, mixing: mixingMatrix(mixing) };
}

/** The class weights and confusion weights of an experiment's loss. */
export function targetOptions({ loss, classes }: Pick<Experiment, 'loss' | 'classes'>): TargetOptions {
  if (loss.kind === 'focal') return { classWeights: loss.alpha };
  const { classWeights } = loss;
  if (loss.kind !== 'binary-cross-entropy' || loss.confusion === undefined) return { classWeights };
  const confusion =
    loss.confusion === 'challenge-2020'
      ? challengeRewardsOf(classes).map((row) => row.map((reward) => 1 - reward))
      : loss.confusion;
  return { classWeights, confusion };
}
