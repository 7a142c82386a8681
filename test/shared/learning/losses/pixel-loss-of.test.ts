import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { loadGradients } from '../../../../shared/engine/gradients.ts';
import { pixelLossOf } from '../../../../shared/learning/losses/pixel-loss-of.ts';
import { Random } from '../../../../shared/random.ts';

await loadGradients();

const shape: [number, number, number, number] = [2, 3, 4, 3];
const pixels = 24;
const random = new Random(9);
const values = Array.from({ length: pixels * 3 }, () => 2 * random.normal());
const truth = Array.from({ length: pixels }, () => random.integer(3));

/** The three losses written out, in double precision. */
function expected(logits: readonly number[], kind: string, weights = [1, 1, 1]): number {
  const p = Array.from({ length: pixels }, (_, i) => {
    const own = logits.slice(3 * i, 3 * i + 3).map(Math.exp);
    const sum = own[0]! + own[1]! + own[2]!;
    return own.map((value) => value / sum);
  });
  const weighted = truth.reduce((sum, label, i) => sum - weights[label]! * Math.log(p[i]![label]!), 0);
  const entropy = weighted / truth.reduce((sum, label) => sum + weights[label]!, 0);
  const dice = [1, 2].map((label) => {
    const both = truth.reduce((sum, t, i) => sum + (t === label ? p[i]![label]! : 0), 0);
    const either = p.reduce((sum, own) => sum + own[label]!, 0) + truth.filter((t) => t === label).length;
    return (2 * both + 1) / (either + 1);
  });
  const diceLoss = 1 - (dice[0]! + dice[1]!) / 2;
  if (kind === 'dice') return diceLoss;
  return kind === 'softmax-cross-entropy' ? entropy : entropy + 0.5 * diceLoss;
}

const classWeights = [0.5, 2, 1];

describe('pixelLossOf', () => {
  it.each([
    [{ kind: 'softmax-cross-entropy' } as const, undefined],
    [{ kind: 'softmax-cross-entropy', classWeights } as const, classWeights],
    [{ kind: 'dice' } as const, undefined],
    [{ kind: 'softmax-cross-entropy-and-dice', dice: 0.5, classWeights } as const, classWeights],
  ])('agrees with the formula, and its gradient with differences of it: %o', (loss, weights) => {
    const labels = tf.tensor3d(truth, [2, 3, 4], 'int32');
    const of = (logits: tf.Tensor) => pixelLossOf(loss)(logits as tf.Tensor4D, labels);
    const { value, grad } = tf.valueAndGrad(of)(tf.tensor4d(values, shape));
    expect(value.dataSync()[0]).toBeCloseTo(expected(values, loss.kind, weights), 5);
    const gradient = grad.dataSync();
    const step = 1e-5;
    for (let i = 0; i < values.length; i += 5) {
      const moved = (by: number) => values.map((one, j) => (j === i ? one + by : one));
      const [above, below] = [step, -step].map((by) => expected(moved(by), loss.kind, weights));
      expect(gradient[i]).toBeCloseTo((above! - below!) / (2 * step), 5);
    }
  });
});
