import * as tf from '@tensorflow/tfjs-core';
import type { Engine, ForwardDefinition } from '../../engine/engine.ts';
import type { NetParameters } from '../../engine/pass.ts';
import { buildNet } from '../../nets/build-net.ts';
import { checkWeights } from '../../nets/check-weights.ts';
import type { Weights } from '../checkpoint.ts';
import { memberParameters, memberPass } from '../model.ts';
import type { PictureCard } from './picture-card.ts';

/** A model of pictures as it lies in its folder: the card and the weights of its members. */
export interface PictureArtifact<C extends PictureCard = PictureCard> {
  readonly card: C;
  readonly members: readonly Weights[];
}

/**
 * A model of pictures as one graph: `frames` [frame, row, column, 1], grey values from 0 to 255, to `probabilities`
 * [frame, class], or [frame, row, column, label] of a segmentation, the mean over the members and the card's edges.
 * @param parameters the members' weights, as `memberParameters` names them
 */
export function pictureForward(card: PictureCard, parameters: NetParameters): ForwardDefinition {
  const net = buildNet(card.net, card.classes.length);
  const { size } = card.net;
  const edges = (card.task === 'views' ? undefined : card.edges) ?? [size];
  return {
    forward({ frames }, pass) {
      const answers = edges.flatMap((edge) => {
        const seen = ofEdge(frames!, edge);
        return card.members.map((_, member) =>
          ofEdge(tf.softmax(net.forward(memberPass(pass, member), seen)), size),
        );
      });
      const sum = answers.reduce((total, answer) => tf.add(total, answer));
      return { probabilities: answers.length === 1 ? sum : tf.div(sum, answers.length) };
    },
    parameters,
    inputs: { frames: net.input },
    batch: 'free',
  };
}

/** [frame, row, column, value] of a segmentation at another edge; as it is where it has that edge or no rows. */
function ofEdge(x: tf.Tensor, edge: number): tf.Tensor {
  if (x.rank !== 4 || x.shape[1] === edge) return x;
  return tf.image.resizeBilinear(x as tf.Tensor4D, [edge, edge], false, true);
}

/** A model of pictures that is ready to answer. */
export interface PictureModel<C extends PictureCard = PictureCard> {
  readonly card: C;
  /**
   * @param frames [frame, row, column] of the card's `preprocessing`, grey values from 0 to 255
   * @returns [frame, class], or [frame, row, column, label]
   */
  probabilities(frames: Uint8Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * Compiles a model of pictures for an engine.
 * @throws SystoleError `weights_invalid` when a member's weights are not those of the card's net, naming them
 */
export async function openPictureModel<C extends PictureCard>(
  artifact: PictureArtifact<C>,
  engine: Engine,
): Promise<PictureModel<C>> {
  const { card } = artifact;
  const net = buildNet(card.net, card.classes.length);
  for (const weights of artifact.members) checkWeights(net, weights);
  const parameters = memberParameters(artifact);
  const compiled = await engine.compileForward(pictureForward(card, parameters));
  return {
    card,
    async probabilities(frames) {
      const { probabilities } = await compiled.run({ frames: Float32Array.from(frames) });
      return probabilities!.data as Float32Array;
    },
    async dispose() {
      await compiled.dispose();
      parameters.dispose();
    },
  };
}
