import type { InferenceSession } from 'onnxruntime-common';
import type { PreprocessedRecording } from '../ecg/preprocessing.ts';
import type { OnnxRuntime } from '../engine/onnx/runtime.ts';
import { SystoleError } from '../errors.ts';
import { calibrated } from '../learning/calibration/calibration.ts';
import { type Card, parseCard } from '../learning/card.ts';
import { inputsOf, type NetInput, netInput } from '../learning/net-input.ts';
import type { Folder } from '../storage/folder.ts';
import type { ModelGradient } from './integrated-gradients.ts';

/**
 * A model as the edge runs it: the ONNX graph of its folder, from the windows of one recording [window, sample, lead]
 * to probabilities [1, class], the mean of its members; without tf.js.
 */
export class EdgeModel {
  readonly card: Card;
  /** With which answers are explained; undefined where the folder holds no graph for that. */
  readonly gradient: ModelGradient | undefined;
  readonly #runtime: OnnxRuntime;
  readonly #session: InferenceSession;
  readonly #input: NetInput;

  private constructor(
    card: Card,
    runtime: OnnxRuntime,
    session: InferenceSession,
    explaining: InferenceSession | undefined,
  ) {
    this.card = card;
    this.gradient = explaining && gradientOf(runtime, explaining, card);
    this.#runtime = runtime;
    this.#session = session;
    this.#input = netInput(card.net);
  }

  /** @throws SystoleError `weights_invalid` when the folder holds no model that the edge can run */
  static async load(folder: Folder, runtime: OnnxRuntime): Promise<EdgeModel> {
    const bytes = await folder.read('card.json');
    if (bytes === undefined) throw new SystoleError('weights_invalid', 'There is no card.json.');
    const card = parseCard(bytes);
    const graph = await folder.read(card.onnx[0]!);
    if (graph === undefined)
      throw new SystoleError('weights_invalid', 'The ONNX graph of the card is missing.');
    const explaining = card.explain === undefined ? undefined : await folder.read(card.explain);
    return new EdgeModel(
      card,
      runtime,
      await runtime.createSession(graph),
      explaining && (await runtime.createSession(explaining)),
    );
  }

  /** The calibrated probability of each class, in the order of the card's classes. */
  async score({ values, samples }: PreprocessedRecording): Promise<Float32Array> {
    const { signals, windows } = inputsOf(this.#input, {
      leads: this.card.leads.length,
      samples,
      data: values,
    });
    const shape = [windows, ...this.#input.inputShape(this.#input.samples)];
    const { probabilities } = await this.#session.run({
      signals: new this.#runtime.Tensor('float32', signals, shape),
    });
    return calibrated(this.card, probabilities!.data as Float32Array);
  }
}

function gradientOf({ Tensor }: OnnxRuntime, session: InferenceSession, card: Card): ModelGradient {
  const classes = card.classes.length;
  return async (signals, windows, wanted) => {
    const rows = new Float32Array(windows * classes);
    for (let window = 0; window < windows; window++) rows.set(wanted, window * classes);
    const samples = signals.length / windows / card.leads.length;
    const { logits, gradient } = await session.run({
      signals: new Tensor('float32', signals, [windows, samples, card.leads.length]),
      wanted: new Tensor('float32', rows, [windows, classes]),
    });
    return { logits: logits!.data as Float32Array, gradient: gradient!.data as Float32Array };
  };
}
