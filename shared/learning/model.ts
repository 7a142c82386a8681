import * as tf from '@tensorflow/tfjs-core';
import type { Engine, ForwardDefinition } from '../engine/engine.ts';
import type { NetParameters, Pass } from '../engine/pass.ts';
import { buildNet } from '../nets/build-net.ts';
import { checkWeights } from '../nets/check-weights.ts';
import { Parameters } from '../nets/parameters.ts';
import type { Artifact } from './artifact.ts';
import type { Signal } from './augmentation/augmentation.ts';
import { calibrated } from './calibration/calibration.ts';
import type { Card } from './card.ts';
import { inputsOf } from './net-input.ts';
import { trainableNet } from './trainable-net.ts';

/**
 * A model as one graph that answers for one recording a run: `signals`, the windows of the recording (any number of
 * them, [window, ...] as the net takes them), to `probabilities` [1, class], the mean over the model's members, not calibrated.
 * @param parameters the members' weights, as `memberParameters` names them.
 */
export function modelForward(card: Card, parameters: NetParameters): ForwardDefinition {
  const net = trainableNet(card.net, card.classes.length);
  return {
    forward({ signals }, pass) {
      const answers = card.members.map((_, member) => {
        const own = memberPass(pass, member);
        const features = tf.max(net.features(own, signals!), 0, true) as tf.Tensor2D; // [1, feature]
        const logits = net.head(own, features); // [1, class]
        return card.output === 'sigmoid' ? tf.sigmoid(logits) : tf.softmax(logits);
      });
      const sum = answers.reduce((total, answer) => tf.add(total, answer));
      return { probabilities: answers.length === 1 ? sum : tf.div(sum, answers.length) };
    },
    parameters,
    inputs: { signals: { shape: [1, ...net.inputShape(net.samples)], dtype: 'float32' } },
    batch: 'free',
  };
}

/** The weights of all members under one roof: `0/conv1.1.weight`... */
export function memberParameters({
  card,
  members,
}: {
  readonly card: { readonly training: { readonly seed: number } };
  readonly members: Artifact['members'];
}): Parameters {
  const parameters = new Parameters(card.training.seed);
  for (const [member, weights] of members.entries()) {
    parameters.load(new Map([...weights].map(([name, values]) => [`${member}/${name}`, values])));
  }
  return parameters;
}

/** The pass of one member, whose weights stand under its number. */
export function memberPass(pass: Pass, member: number): Pass {
  return {
    training: pass.training,
    mask: (shape, rate) => pass.mask(shape, rate),
    parameters: {
      get: (name, shape, initializer, options) =>
        pass.parameters.get(`${member}/${name}`, shape, initializer, options),
      variables: () => pass.parameters.variables(),
    },
  };
}

/** A model that is ready to answer. */
export interface Model {
  readonly card: Card;
  /**
   * @param signal the preprocessed recording (`card.preprocessing`).
   * @returns one calibrated probability a class, in the order of `card.classes`.
   */
  score(signal: Signal): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * Compiles a model folder's content for an engine.
 * @throws SystoleError `weights_invalid` when a member's weights are not those of the card's net, naming them.
 */
export async function openModel(artifact: Artifact, engine: Engine): Promise<Model> {
  const { card } = artifact;
  const net = trainableNet(card.net, card.classes.length);
  const whole = buildNet(card.net, card.classes.length);
  for (const weights of artifact.members) checkWeights(whole, weights);
  const parameters = memberParameters(artifact);
  const compiled = await engine.compileForward(modelForward(card, parameters));
  return {
    card,
    async score(signal) {
      const { signals } = inputsOf(net, signal);
      const { probabilities } = await compiled.run({ signals });
      return calibrated(card, probabilities!.data as Float32Array);
    },
    async dispose() {
      await compiled.dispose();
      parameters.dispose();
    },
  };
}
