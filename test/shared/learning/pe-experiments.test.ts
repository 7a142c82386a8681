import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { augment } from '../../../shared/learning/augmentation/augment.ts';
import { crop } from '../../../shared/learning/augmentation/crop.ts';
import { parseExperiment } from '../../../shared/learning/experiment.ts';
import { trainableNet } from '../../../shared/learning/trainable-net.ts';
import { Random } from '../../../shared/random.ts';

/** What the published training scripts say, script by script; undefined where they read it from a file that is not published. */
const published = {
  'pe-baseline': { optimizer: 'adamw', rate: 5e-4, batch: 16, epochs: 100, alpha: [0.35, 0.65], z: true },
  'pe-resnet18-attention': {
    optimizer: 'adamw',
    rate: 1e-4,
    batch: 32,
    epochs: 200,
    alpha: [0.3, 0.7],
    z: true,
  },
  'pe-spectrogram-resnet18-attention': {
    optimizer: 'adamw',
    rate: 1e-3,
    batch: 32,
    epochs: 100,
    alpha: [0.35, 0.65],
    z: false,
  },
  'pe-resnet18-lstm': { optimizer: 'adam', z: false },
  'pe-resnet18-encoder': { optimizer: 'adam', z: false },
} as const;

const experimentOf = (name: string) =>
  parseExperiment(readFileSync(new URL(`../../../experiments/${name}.yml`, import.meta.url), 'utf8'));

describe.each(Object.entries(published))('%s', (name, expected) => {
  const experiment = experimentOf(name);
  const net = trainableNet(experiment.net, experiment.classes.length);

  it('is the published training', () => {
    const { optimizer, batch, epochs, loss, schedule } = experiment;
    expect(optimizer).toMatchObject({
      kind: expected.optimizer,
      decay: 'all',
      // PyTorch's defaults.
      weightDecay: expected.optimizer === 'adamw' ? 0.01 : 0,
    });
    expect([loss.kind, schedule.kind]).toEqual(['focal', 'constant']);
    if ('rate' in expected)
      expect([optimizer.learningRate, batch, epochs, loss]).toEqual([
        expected.rate,
        expected.batch,
        expected.epochs,
        { kind: 'focal', gamma: 2, alpha: expected.alpha },
      ]);
  });

  it('scales all leads together where the published one does, and nothing where it does not', () => {
    const scaled = experiment.preprocessing.steps.filter(({ step }) => step === 'scale');
    expect(scaled).toEqual(expected.z ? [{ step: 'scale', method: 'standard', over: 'recording' }] : []);
  });

  it('cuts the published windows of 5000 samples, in training and in scoring', () => {
    const signal = { leads: 1, samples: 5000, data: Float32Array.from({ length: 5000 }, (_, i) => i) };
    const random = new Random(1);
    const cut = crop(experiment.window);
    const starts = new Set(Array.from({ length: 300 }, () => cut(signal, random).data[0]!));
    if (net.samples === 4096) expect([...starts].sort((a, b) => a - b)).toEqual([0, 451, 904]);
    else {
      expect(net.samples).toBe(2048);
      expect(Math.min(...starts)).toBeLessThan(100);
      expect(Math.max(...starts)).toBeGreaterThan(2850);
      expect(Math.max(...starts)).toBeLessThanOrEqual(2952);
    }
    expect(net.windows(signal)[0]!.data[0]).toBe(451);
  });

  it('leaves two of seven as they are, and draws the rest by the seed', () => {
    const change = augment(experiment.augmentation);
    const draws = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 700 }, () => {
        const signal = { leads: 12, samples: 20, data: new Float32Array(240).fill(5) };
        return Array.from(change(signal, random).data);
      });
    };
    const drawn = draws(3);
    const same = drawn.filter((data) => data.every((value) => value === 5)).length;
    const flipped = drawn.filter((data) => data.every((value) => value === -5)).length;
    // Dropping a tenth of twenty samples, or a fifth of twelve leads, now and then drops none.
    expect(same).toBeGreaterThan(160);
    expect(same).toBeLessThan(270);
    expect(flipped).toBeGreaterThan(65);
    expect(flipped).toBeLessThan(140);
    expect(draws(3)).toEqual(drawn);
    expect(draws(4)).not.toEqual(drawn);
  });
});
