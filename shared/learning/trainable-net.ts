import type * as tf from '@tensorflow/tfjs-core';
import type { Pass } from '../engine/pass.ts';
import { buildNet } from '../nets/build-net.ts';
import type { DsailConfiguration, NetConfiguration } from '../nets/configuration.ts';
import { dsail } from '../nets/dsail.ts';
import type { Signal } from './augmentation/augmentation.ts';
import { spectrogramInput, spectrogramSamples } from './spectrogram-input.ts';
import { channelsLast, chunkWindows, windowOf } from './windows.ts';

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

/** Where the pulmonary-embolism system cuts its one window for scoring (of recordings of 5000 samples). */
const windowStart = 451;

/**
 * @param classes number of logits.
 * @throws RangeError for a net that does not answer for electrocardiograms.
 */
export function trainableNet(configuration: NetConfiguration, classes: number): TrainableNet {
  switch (configuration.name) {
    case 'dsail':
      return chunkedNet(configuration, classes);
    case 'pe-spectrogram-resnet18-attention': {
      const { frequencies, times, leads } = configuration;
      return {
        ...oneWindow(configuration, classes, spectrogramSamples(times)),
        inputShape: () => [frequencies, times, leads],
        input: spectrogramInput,
      };
    }
    case 'pe-baseline':
    case 'pe-resnet18-attention':
    case 'pe-resnet18-recurrent':
    case 'pe-resnet18-encoder':
      return oneWindow(configuration, classes, configuration.samples);
    default:
      throw new RangeError(`${configuration.name} does not answer for electrocardiograms.`);
  }
}

function chunkedNet(configuration: DsailConfiguration, classes: number): TrainableNet {
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

function oneWindow(configuration: NetConfiguration, classes: number, samples: number): TrainableNet {
  const net = buildNet(configuration, classes);
  return {
    samples,
    inputShape: () => net.input.shape.slice(1),
    input: channelsLast,
    windows(signal) {
      const start = Math.max(0, Math.min(windowStart, signal.samples - samples));
      return [windowOf(signal, start, samples)];
    },
    features: (pass, x) => net.forward(pass, x) as tf.Tensor2D,
    head: (_pass, logits) => logits,
  };
}
