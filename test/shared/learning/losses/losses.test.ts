import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { binaryCrossEntropy } from '../../../../shared/learning/losses/binary-cross-entropy.ts';
import { focalLoss } from '../../../../shared/learning/losses/focal-loss.ts';
import { softmaxCrossEntropy } from '../../../../shared/learning/losses/softmax-cross-entropy.ts';
import { mixTargets, type Targets, targetsOf } from '../../../../shared/learning/losses/targets.ts';
import { hasReference, namedUniform, readReference, readReferenceText } from '../../../reference.ts';

interface FocalReference {
  focal: {
    labels: number[];
    alpha: number[];
    cases: { gamma: number; reduction: 'mean' | 'sum' | 'none'; value: number[] }[];
  };
}

interface StepReference {
  trainStep: {
    logits: number[];
    labels: { shape: [number, number]; ones: [number, number][] };
    scoredClasses: string[];
    lossValue: number;
  };
}

describe.skipIf(!hasReference)('losses against the published code (needs ../shared/reference)', () => {
  it('focal loss', () => {
    const { focal } = readReference<FocalReference>('training/losses-schedules-optimizers.json');
    const logits = tf.tensor2d(
      Float32Array.from(namedUniform('focal-logits', 32), (u) => 3 * (2 * u - 1)),
      [16, 2],
    );
    const present = tf.tensor2d(
      focal.labels.flatMap((label) => focal.alpha.map((alpha, c) => (label === c ? alpha : 0))),
      [16, 2],
    );
    for (const { gamma, reduction, value } of focal.cases) {
      const perRecord = focalLoss({ gamma })(logits, present, present);
      const reduced =
        reduction === 'none' ? perRecord : reduction === 'sum' ? tf.sum(perRecord) : tf.mean(perRecord);
      const ours = reduced.dataSync();
      value.forEach((expected, i) => {
        expect(Math.abs(ours[i]! - expected)).toBeLessThan(1e-5 * Math.max(1, expected));
      });
    }
  });

  it.each(['resnet-basic', 'seresnet-basic', 'resnest-bottleneck'])(
    'confusion-weighted cross entropy: %s',
    (net) => {
      const { trainStep } = readReference<StepReference>(`dsail/${net}.json`);
      const [header, ...rows] = readReferenceText('challenge-metric/weights.csv')
        .trim()
        .split(/\r?\n/)
        .map((line) => line.split(','));
      const places = trainStep.scoredClasses.map((code) => header!.indexOf(code));
      const confusion = places.map((row) => places.map((column) => 1 - Number(rows[row - 1]![column])));
      const [records, classes] = trainStep.labels.shape;
      const batch = Array.from({ length: records }, (_, r) => {
        const labels = new Uint8Array(classes);
        for (const [record, c] of trainStep.labels.ones) if (record === r) labels[c] = 1;
        return targetsOf(labels, { confusion });
      });
      const loss = tf.mean(
        binaryCrossEntropy(
          tf.tensor2d(trainStep.logits, [records, classes]),
          tf.stack(batch.map(({ present }) => tf.tensor1d(present))),
          tf.stack(batch.map(({ absent }) => tf.tensor1d(absent))),
        ),
      );
      expect(loss.dataSync()[0]! / trainStep.lossValue).toBeCloseTo(1, 5);
    },
  );
});

describe('binaryCrossEntropy', () => {
  it('agrees with the formula and stays finite at extreme logits', () => {
    const present = tf.tensor2d([[1, 0, 0.3]]);
    const absent = tf.tensor2d([[0, 1, 0.7]]);
    const z = [2, -1, 0.5];
    const s = (x: number) => 1 / (1 + Math.exp(-x));
    const expected =
      -(Math.log(s(2)) + Math.log(1 - s(-1)) + 0.3 * Math.log(s(0.5)) + 0.7 * Math.log(1 - s(0.5))) / 3;
    expect(binaryCrossEntropy(tf.tensor2d([z]), present, absent).dataSync()[0]).toBeCloseTo(expected, 5);
    const extreme = binaryCrossEntropy(tf.tensor2d([[1e4, -1e4, 0]]), present, absent).dataSync()[0]!;
    expect(Number.isFinite(extreme)).toBe(true);
  });
});

describe('softmaxCrossEntropy', () => {
  it('is minus the log-probability of the present class', () => {
    const loss = softmaxCrossEntropy(
      tf.tensor2d([[1, 2, 3]]),
      tf.tensor2d([[0, 0, 1]]),
      tf.tensor2d([[1, 1, 0]]),
    );
    expect(loss.dataSync()[0]).toBeCloseTo(Math.log(1 + Math.exp(-1) + Math.exp(-2)), 5);
  });
});

describe('targets', () => {
  it('weigh absent classes by confusion, present ones 1, and everything 0.5 without a scored label', () => {
    const confusion = [
      [0, 0.4, 0.8],
      [0.4, 0, 0.6],
      [0.8, 0.6, 0],
    ];
    const two = targetsOf([1, 1, 0], { confusion });
    expect([...two.present]).toEqual([1, 1, 0]);
    expect(two.absent[2]).toBeCloseTo(0.7, 6);
    const none = targetsOf([0, 0, 0], { confusion });
    expect([...none.present, ...none.absent]).toEqual([0, 0, 0, 0.5, 0.5, 0.5]);
  });

  it('multiply class weights in', () => {
    const { present, absent } = targetsOf([1, 0], { classWeights: [2, 3] });
    expect([...present, ...absent]).toEqual([2, 0, 0, 3]);
  });

  it('mix linearly, so that the mixed loss is the mixture of the losses', () => {
    const a = targetsOf([1, 0, 0]);
    const b = targetsOf([0, 1, 1]);
    const batch = {
      present: Float32Array.of(...a.present, ...b.present),
      absent: Float32Array.of(...a.absent, ...b.absent),
    };
    const mixed = mixTargets(batch, 3, { lambda: 0.25, partners: Int32Array.of(1, 0) });
    const logits = tf.tensor2d([0.3, -2, 1, 0.1, 0.2, 0.3], [2, 3]);
    const lossOf = ({ present, absent }: Targets) =>
      binaryCrossEntropy(logits, tf.tensor2d(present, [2, 3]), tf.tensor2d(absent, [2, 3])).dataSync();
    const swapped = {
      present: Float32Array.of(...b.present, ...a.present),
      absent: Float32Array.of(...b.absent, ...a.absent),
    };
    const [own, partner, ours] = [lossOf(batch), lossOf(swapped), lossOf(mixed)];
    for (const r of [0, 1]) expect(ours[r]).toBeCloseTo(0.25 * own[r]! + 0.75 * partner[r]!, 5);
  });
});
