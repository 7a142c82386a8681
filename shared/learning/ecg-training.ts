import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../engine/engine.ts';
import { trainingBatch } from './batch.ts';
import { challengeScore } from './challenge-score.ts';
import type { Weights } from './checkpoint.ts';
import type { Dataset } from './dataset.ts';
import type { Experiment } from './experiment.ts';
import { lossOf } from './losses/loss-of.ts';
import { macro } from './metrics/macro.ts';
import { type SetScores, scoreDataset } from './scoring.ts';
import { call } from './thresholds.ts';
import type { Training } from './train-run.ts';
import { trainableNet } from './trainable-net.ts';

/**
 * The training of one net of electrocardiograms, for `trainRun`. Figures: macro averages over the classes of the
 * validation set, and the 2020 challenge's score at a threshold of 0.5 where epochs are selected by it.
 */
export function ecgTraining(
  experiment: Experiment,
  {
    train,
    validation,
    engine,
    start,
  }: {
    readonly train: Dataset;
    readonly validation: Dataset;
    readonly engine: Engine;
    readonly start?: Weights | undefined;
  },
): Training<SetScores> {
  const { classes, batch, window, seed, mixup, selection } = experiment;
  const net = trainableNet(experiment.net, classes.length);
  const loss = lossOf(experiment.loss);
  const perClass = { shape: [batch, classes.length], dtype: 'float32' } as const;
  const mixesFeatures = mixup?.where === 'features';
  return {
    experiment,
    records: train.recordings.length,
    start,
    inputs: {
      signals: { shape: [batch, ...net.inputShape(window.samples)], dtype: 'float32' },
      present: perClass,
      absent: perClass,
      ...(mixesFeatures ? { mixing: { shape: [batch, batch], dtype: 'float32' } as const } : {}),
    },
    loss(inputs, pass) {
      let features = net.features(pass, inputs.signals!);
      if (mixesFeatures) features = tf.matMul(inputs.mixing as tf.Tensor2D, features);
      const logits = net.head(pass, features);
      return { loss: tf.mean(loss(logits, inputs.present!, inputs.absent!)) };
    },
    async batch(epoch, step) {
      const made = await trainingBatch(train, experiment, net, seed, epoch, step);
      const { signals, present, absent, mixing } = made;
      return { signals, present, absent, ...(mixing === undefined ? {} : { mixing }) };
    },
    async score(parameters) {
      const scores = await scoreDataset(engine, experiment, net, parameters, validation);
      const { labels, probabilities, loss: validationLoss } = scores;
      const figures = {
        auroc: macro('auroc', labels, probabilities),
        auprc: macro('auprc', labels, probabilities),
        f1: macro('f1', labels, probabilities),
        ...(selection.metric === 'challenge-2020'
          ? {
              'challenge-2020': challengeScore(
                classes,
                labels,
                probabilities.map((values) => call(values, 0.5)),
              ),
            }
          : {}),
      };
      return { scores, loss: validationLoss, figures };
    },
  };
}
