import type * as tf from '@tensorflow/tfjs-core';
import type { Pass } from '../engine/pass.ts';
import { buildNet } from '../nets/build-net.ts';
import type { NetConfiguration } from '../nets/configuration.ts';
import { dsail } from '../nets/dsail.ts';
import { type NetInput, netInput } from './net-input.ts';

/**
 * A net as training and scoring take it: in two parts, between which features are mixed (manifold mixup) and pooled
 * over the windows of a recording. A net that has no such place has an empty second part.
 */
export interface TrainableNet extends NetInput {
  /** [window, ...] -> [window, feature] */
  features(pass: Pass, x: tf.Tensor): tf.Tensor2D;
  /** [recording, feature] -> logits [recording, class] */
  head(pass: Pass, features: tf.Tensor2D): tf.Tensor2D;
}

/**
 * @param classes number of logits.
 * @throws RangeError for a net that does not answer for electrocardiograms.
 */
export function trainableNet(configuration: NetConfiguration, classes: number): TrainableNet {
  const input = netInput(configuration);
  if (configuration.name === 'dsail') {
    const net = dsail(configuration, classes);
    return {
      ...input,
      features: (pass, x) => net.chunkFeatures(pass, x as tf.Tensor3D),
      head: (pass, features) => net.head(pass, features),
    };
  }
  const net = buildNet(configuration, classes);
  return {
    ...input,
    features: (pass, x) => net.forward(pass, x) as tf.Tensor2D,
    head: (_pass, logits) => logits,
  };
}
