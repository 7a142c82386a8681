import * as tf from '@tensorflow/tfjs-core';
import type { ForwardDefinition } from '../engine/engine.ts';
import type { NetParameters } from '../engine/pass.ts';
import type { DsailConfiguration, NetConfiguration } from '../nets/configuration.ts';
import type { Card } from './card.ts';
import { memberPass } from './model.ts';
import { trainableNet } from './trainable-net.ts';

/**
 * Whether answers of a net are explained: of those that cut recordings into chunks, the blocks without means over time
 * (squeeze and excitation, split attention), whose gradient tf.js makes with ones of the whole batch's size.
 */
export function isExplained(net: NetConfiguration): net is DsailConfiguration {
  return net.name === 'dsail' && /^res(net|next)-/.test(net.block);
}

/**
 * What a model's first member would answer, and what in its input would change that: `signals`, the windows of one
 * recording [window, ...], and `wanted` [window, class], the same weights of the classes in each row, to `logits` [1, class]
 * and `gradient` [window, ...], the derivative of the wanted logits' sum with respect to the signals.
 *
 * Its forward pass needs tf.js's gradients (`loadGradients`).
 * @param parameters the members' weights, as `memberParameters` names them.
 */
export function modelGradient(
  card: Pick<Card, 'net' | 'classes'>,
  parameters: NetParameters,
): ForwardDefinition {
  const classes = card.classes.length;
  const net = trainableNet(card.net, classes);
  return {
    forward({ signals, wanted }, pass) {
      const own = memberPass(pass, 0);
      const answer = (x: tf.Tensor) => net.head(own, tf.max(net.features(own, x), 0, true) as tf.Tensor2D); // [1, class]
      const weights = tf.max(wanted!, 0, true); // [1, class]
      const gradient = tf.grad((x) => tf.sum(tf.mul(answer(x), weights)))(signals!);
      return { logits: answer(signals!), gradient };
    },
    parameters,
    inputs: {
      signals: { shape: [1, ...net.inputShape(net.samples)], dtype: 'float32' },
      wanted: { shape: [1, classes], dtype: 'float32' },
    },
    batch: 'free',
  };
}
