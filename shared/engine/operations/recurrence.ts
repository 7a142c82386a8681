import * as tf from '@tensorflow/tfjs-core';
import { recordedRecurrence, recordedSteps } from '../recording/kernels/recurrence.ts';
import { isRecording } from '../recording/recording-backend.ts';

export type Cell = 'lstm' | 'gru' | 'rnn';

/** Rows of a weight matrix for each unit. */
export const gateCount: Readonly<Record<Cell, number>> = { lstm: 4, gru: 3, rnn: 1 };

export interface RecurrentWeights {
  /** [gates x units, feature] */
  readonly input: tf.Tensor2D;
  /** [gates x units, units] */
  readonly hidden: tf.Tensor2D;
  /** [gates x units] */
  readonly inputBias: tf.Tensor1D;
  readonly hiddenBias: tf.Tensor1D;
}

/**
 * One recurrent layer in one direction, from zero states, with PyTorch's gate orders and equations.
 * @param x [record, time, feature]
 * @returns `sequence` [record, time, units] in the order of time, and the final hidden state.
 */
export function recur(
  x: tf.Tensor3D,
  weights: RecurrentWeights,
  cell: Cell,
  { reverse, training }: { readonly reverse: boolean; readonly training: boolean },
): { sequence: tf.Tensor3D; last: tf.Tensor2D } {
  const [records, time, features] = x.shape;
  const units = weights.hidden.shape[1];
  const lastOf = (states: tf.Tensor3D) =>
    tf.reshape(tf.slice(states, [0, reverse ? 0 : time - 1, 0], [records, 1, units]), [records, units]);
  if (isRecording() && !training) {
    const sequence = recordedRecurrence(x, weights, cell, reverse);
    return { sequence, last: lastOf(sequence) as tf.Tensor2D };
  }
  const rows = gateCount[cell] * units;
  const flat = tf.reshape(x, [records * time, features]);
  const projected = tf.add(tf.matMul(flat, weights.input, false, true), weights.inputBias);
  const inputs = tf.reshape(projected, [records, time, rows]) as tf.Tensor3D;
  if (isRecording()) {
    const sequence = recordedSteps(inputs, weights.hidden, weights.hiddenBias, cell, reverse);
    return { sequence, last: lastOf(sequence) as tf.Tensor2D };
  }
  const steps = tf.unstack(inputs, 1);
  let hidden: tf.Tensor2D | undefined;
  let memory: tf.Tensor2D | undefined;
  const states: tf.Tensor[] = new Array(time);
  for (let step = 0; step < time; step++) {
    const t = reverse ? time - 1 - step : step;
    const fromInput = steps[t]! as tf.Tensor2D;
    // The first step starts from zero states: what they are multiplied with is left out.
    const fromHidden: tf.Tensor =
      hidden === undefined
        ? weights.hiddenBias
        : tf.add(tf.matMul(hidden, weights.hidden, false, true), weights.hiddenBias);
    if (cell === 'lstm') {
      const [i, f, g, o] = tf.split<tf.Tensor2D>(tf.add(fromInput, fromHidden), 4, 1);
      const entering: tf.Tensor2D = tf.mul(tf.sigmoid(i!), tf.tanh(g!));
      memory = memory === undefined ? entering : tf.add(tf.mul(tf.sigmoid(f!), memory), entering);
      hidden = tf.mul(tf.sigmoid(o!), tf.tanh(memory));
    } else if (cell === 'gru') {
      const [resetInput, updateInput, newInput] = tf.split<tf.Tensor2D>(fromInput, 3, 1);
      const [resetHidden, updateHidden, newHidden] = tf.split(fromHidden, 3, -1);
      const reset = tf.sigmoid(tf.add(resetInput!, resetHidden!));
      const update: tf.Tensor2D = tf.sigmoid(tf.add(updateInput!, updateHidden!));
      const candidate: tf.Tensor2D = tf.tanh(tf.add(newInput!, tf.mul(reset, newHidden!)));
      hidden =
        hidden === undefined
          ? tf.mul(candidate, tf.sub(1, update))
          : tf.add(candidate, tf.mul(update, tf.sub(hidden, candidate)));
    } else {
      hidden = tf.tanh(tf.add(fromInput, fromHidden)) as tf.Tensor2D;
    }
    states[t] = hidden;
  }
  return { sequence: tf.stack(states, 1) as tf.Tensor3D, last: hidden! };
}
