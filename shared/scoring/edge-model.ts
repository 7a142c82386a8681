import type { InferenceSession } from 'onnxruntime-common';
import type { PreprocessedRecording } from '../ecg/preprocessing.ts';
import type { OnnxRuntime } from '../engine/onnx/runtime.ts';
import { SystoleError } from '../errors.ts';
import { type Card, parseCard } from '../learning/card.ts';
import { channelsLast, chunkWindows } from '../learning/windows.ts';
import type { Folder } from '../storage/folder.ts';

/**
 * A model as the edge runs it: the ONNX graphs of its folder, each from the windows of one recording
 * [window, sample, lead] to probabilities [1, class], without tf.js.
 */
export class EdgeModel {
  readonly card: Card;
  readonly #runtime: OnnxRuntime;
  readonly #members: readonly InferenceSession[];

  private constructor(card: Card, runtime: OnnxRuntime, members: readonly InferenceSession[]) {
    this.card = card;
    this.#runtime = runtime;
    this.#members = members;
  }

  /** @throws SystoleError `weights_invalid` when the folder holds no model that the edge can run */
  static async load(folder: Folder, runtime: OnnxRuntime): Promise<EdgeModel> {
    const bytes = await folder.read('card.json');
    if (bytes === undefined) throw new SystoleError('weights_invalid', 'There is no card.json.');
    const card = parseCard(bytes);
    if (card.onnx === undefined) throw new SystoleError('weights_invalid', 'The model has no ONNX graphs.');
    const members = await Promise.all(
      card.onnx.map(async (name) => {
        const graph = await folder.read(name);
        if (graph === undefined)
          throw new SystoleError('weights_invalid', 'An ONNX graph of the card is missing.');
        return runtime.createSession(graph);
      }),
    );
    return new EdgeModel(card, runtime, members);
  }

  /** Mean over the members of the probability of each class. */
  async score({ values, samples }: PreprocessedRecording): Promise<Float32Array> {
    const { net, leads, classes } = this.card;
    if (net.name !== 'dsail')
      throw new SystoleError('weights_invalid', 'The edge does not cut recordings for this net.');
    const signal = { leads: leads.length, samples, data: values };
    const windows = chunkWindows(signal, net.chunk, net.chunkStride).map(channelsLast);
    const size = net.chunk * leads.length;
    const input = new Float32Array(windows.length * size);
    for (const [index, window] of windows.entries()) input.set(window, index * size);
    const mean = new Float32Array(classes.length);
    for (const member of this.#members) {
      const signals = new this.#runtime.Tensor('float32', input, [windows.length, net.chunk, leads.length]);
      const { probabilities } = await member.run({ signals });
      const own = probabilities!.data as Float32Array;
      for (let c = 0; c < mean.length; c++) mean[c]! += own[c]! / this.#members.length;
    }
    return mean;
  }
}
