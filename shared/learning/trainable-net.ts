import type * as tf from '@tensorflow/tfjs-core';
import type { Pass } from '../engine/pass.ts';
import type { NetConfiguration } from '../nets/configuration.ts';
import { dsail } from '../nets/dsail.ts';
import type { Signal } from './augmentation/augmentation.ts';
import { channelsLast, chunkWindows } from './windows.ts';

/**
 * A net as training and scoring take it: in two parts, between which features are mixed (manifold mixup) and pooled
 * over the windows of a recording. A net that has no such place has an empty second part.
 */
export interface TrainableNet {
  /** Samples of a window in which a recording is scored. */
  readonly samples: number;
  /** One input without its batch dimension, for windows of so many samples. */
  inputShape(samples: number): readonly number[];
  /** A window of a signal, [lead, sample], as the net takes it. */
  input(window: Signal): Float32Array;
  /** The windows in which a recording is scored. */
  windows(signal: Signal): Signal[];
  /** [window, ...] -> [window, feature] */
  features(pass: Pass, x: tf.Tensor): tf.Tensor2D;
  /** [recording, feature] -> logits [recording, class] */
  head(pass: Pass, features: tf.Tensor2D): tf.Tensor2D;
}

/**
 * @param classes number of logits.
 * @throws RangeError for a net that answers for no electrocardiogram.
 */
export function trainableNet(configuration: NetConfiguration, classes: number): TrainableNet {
  if (configuration.name !== 'dsail') throw new RangeError(`${configuration.name} is not trained here.`);
  const net = dsail(configuration, classes);
  return {
    samples: configuration.chunk,
    inputShape: (samples) => [samples, configuration.leads],
    input: channelsLast,
    windows: (signal) => chunkWindows(signal, configuration.chunk, configuration.chunkStride),
    features: (pass, x) => net.chunkFeatures(pass, x as tf.Tensor3D),
    head: (pass, features) => net.head(pass, features),
  };
}
