import * as tf from '@tensorflow/tfjs-core';
import type { Engine, ForwardDefinition } from '../../engine/engine.ts';
import type { NetParameters } from '../../engine/pass.ts';
import { buildNet } from '../../nets/build-net.ts';
import { Random } from '../../random.ts';
import { batchIndices } from '../batch.ts';
import { pixelLossOf } from '../losses/pixel-loss-of.ts';
import { softmaxCrossEntropy } from '../losses/softmax-cross-entropy.ts';
import type { Training } from '../train-run.ts';
import { augmentPicture } from './augment-picture.ts';
import { labelOverlap } from './label-overlap.ts';
import { largestClass } from './largest-class.ts';
import type { PictureDataset } from './picture-dataset.ts';
import type { PictureExperiment } from './picture-experiment.ts';
import { type PreparedPicture, preparedPictures } from './prepared-pictures.ts';

/**
 * The training of one net of pictures, for `trainRun`. Figures of an epoch are of the validation pictures at the net's
 * size: `dice`, the mean over pictures and labels but the background, or `accuracy` of classes.
 */
export function pictureTraining(
  experiment: PictureExperiment,
  {
    train,
    validation,
    engine,
  }: { readonly train: PictureDataset; readonly validation: PictureDataset; readonly engine: Engine },
): Training<undefined> {
  const { batch, seed, classes, augmentation, data } = experiment;
  const { size } = experiment.net;
  const cache = (data.cache * 2 ** 20) / 2;
  const trained = preparedPictures(train, size, cache);
  const judged = preparedPictures(validation, size, cache);
  const net = buildNet(experiment.net, classes.length);
  const loss = lossOf(experiment);
  const labelCount = experiment.task === 'views' ? 1 : size * size;
  const inputs = (count: number) => ({
    frames: { shape: [count, size, size, 1], dtype: 'float32' } as const,
    labels: {
      shape: experiment.task === 'views' ? [count] : [count, size, size],
      dtype: 'int32',
    } as const,
  });
  return {
    experiment,
    records: train.pictures.length,
    inputs: inputs(batch),
    loss: ({ frames, labels }, pass) => ({ loss: loss(net.forward(pass, frames!), labels!) }),
    async batch(epoch, step) {
      const random = Random.named(seed, `epoch ${epoch} step ${step}`);
      const frames = new Float32Array(batch * size * size);
      const labels = new Int32Array(batch * labelCount);
      const indices = batchIndices(train.pictures.length, batch, seed, epoch, step);
      for (const [i, index] of indices.entries()) {
        const picture = augmentPicture(await trained(index), size, augmentation, random);
        frames.set(picture.grey, i * size * size);
        labels.set(picture.labels, i * labelCount);
      }
      return { frames, labels };
    },
    async score(parameters) {
      const definition: ForwardDefinition = {
        forward({ frames, labels }, pass) {
          const logits = net.forward(pass, frames!);
          return { logits, loss: loss(logits, labels!) };
        },
        parameters,
        inputs: inputs(1),
      };
      const { lossSum, right } = await judge(engine, definition, validation, judged, classes.length);
      const count = validation.pictures.length;
      const name = experiment.task === 'views' ? 'accuracy' : 'dice';
      return { scores: undefined, loss: lossSum / count, figures: { [name]: right / count } };
    },
  };
}

async function judge(
  engine: Engine,
  definition: ForwardDefinition & { parameters: NetParameters },
  { pictures }: PictureDataset,
  prepared: (index: number) => Promise<PreparedPicture>,
  classes: number,
): Promise<{ lossSum: number; right: number }> {
  const compiled = await engine.compileForward(definition);
  let lossSum = 0;
  let right = 0;
  try {
    for (let index = 0; index < pictures.length; index++) {
      const { grey, labels } = await prepared(index);
      const frames = Float32Array.from(grey);
      const answer = await compiled.run({ frames, labels: Int32Array.from(labels) });
      lossSum += answer.loss!.data[0]!;
      const predicted = largestClass(answer.logits!.data, classes);
      if (labels.length === 1) right += Number(predicted[0] === labels[0]);
      else {
        const dice = labelOverlap(predicted, labels, classes)
          .slice(1)
          .map((one) => one.dice);
        const defined = dice.filter((value) => !Number.isNaN(value));
        right += defined.reduce((sum, value) => sum + value, 0) / Math.max(1, defined.length);
      }
    }
  } finally {
    await compiled.dispose();
  }
  return { lossSum, right };
}

function lossOf(experiment: PictureExperiment): (logits: tf.Tensor, labels: tf.Tensor) => tf.Scalar {
  if (experiment.task !== 'views') {
    const loss = pixelLossOf(experiment.loss);
    return (logits, labels) => loss(logits as tf.Tensor4D, labels as tf.Tensor3D);
  }
  const { classWeights } = experiment.loss;
  return (logits, labels) => {
    const truth = tf.oneHot(labels as tf.Tensor1D, experiment.classes.length);
    const present = classWeights === undefined ? truth : tf.mul(truth, tf.tensor1d(classWeights));
    return tf.mean(softmaxCrossEntropy(logits, present, tf.sub(1, truth)));
  };
}
