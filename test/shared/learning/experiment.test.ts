import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SystoleError } from '../../../shared/errors.ts';
import { parseAnyExperiment } from '../../../shared/learning/any-experiment.ts';
import { parseExperiment } from '../../../shared/learning/experiment.ts';
import { smallExperiment } from './small-set.ts';

const experiments = new URL('../../../experiments/', import.meta.url);

describe('parseExperiment', () => {
  it('reads an experiment and fills in defaults', () => {
    const experiment = parseExperiment(smallExperiment());
    expect(experiment.data.cache).toBe(256);
    expect(experiment.net).toMatchObject({ name: 'dsail', block: 'resnet-basic', stride: 4 });
  });

  it.each([
    ['an unknown key', smallExperiment().replace('epochs:', 'epoch:'), 'epoch'],
    ['an unknown key inside', smallExperiment({ mixup: '{ where: features, alfa: 0.2 }' }), 'mixup.alpha'],
    ['a value out of range', smallExperiment({ epochs: '0' }), 'epochs'],
    ['a net key', smallExperiment({ net: '{ name: dsail, depth: 3 }' }), 'net'],
    ['an unknown loss', smallExperiment({ loss: '{ kind: hinge }' }), 'loss.kind'],
    [
      'class weights of another number',
      smallExperiment({ loss: '{ kind: focal, gamma: 2, alpha: [1] }' }),
      'loss.alpha',
    ],
    [
      'confusion of another size',
      smallExperiment({ loss: '{ kind: binary-cross-entropy, confusion: [[0, 1]] }' }),
      'loss.confusion',
    ],
    ['neither folds nor validation', smallExperiment({ validation: '' }), 'data'],
    ['a fold too many', smallExperiment({ validation: 'folds: { count: 3, run: [3] }' }), 'data.folds.run'],
    ['a class twice', smallExperiment().replace('classes: [A, B]', 'classes: [A, A]'), 'classes'],
    [
      'a calibration of a softmax',
      `${smallExperiment({ loss: '{ kind: softmax-cross-entropy }' })}calibration: temperature\n`,
      'calibration',
    ],
    [
      'a start without a version',
      `${smallExperiment()}start: { model: ecg-superclass, version: newest }\n`,
      'start.version',
    ],
    [
      "the challenge's score of classes that are not all its own",
      smallExperiment({ selection: '{ epoch: best, metric: challenge-2020 }' }),
      'a class is none of the challenge',
    ],
    [
      "the challenge's score without its normal class",
      smallExperiment({ selection: '{ epoch: best, metric: challenge-2020 }' }).replace(
        '[A, B]',
        '["164889003", "164890007"]',
      ),
      'lack 426783006',
    ],
    ['no mapping', 'just words', 'file'],
  ])('names the key of %s', (_, text, key) => {
    try {
      parseExperiment(text);
    } catch (error) {
      expect(error).toMatchObject({ reason: 'experiment_invalid' });
      expect((error as SystoleError).detail).toContain(key);
      return;
    }
    throw new Error('It was accepted.');
  });

  it.each([11, Date.now() & 0x7fffffff])(
    'refuses whatever else with experiment_invalid only (seed %i)',
    (seed) => {
      const valid = smallExperiment();
      const anything = fc.oneof(
        fc.string({ maxLength: 300 }),
        fc.json(),
        fc
          .tuple(fc.nat(valid.length), fc.nat(40), fc.string({ maxLength: 8 }))
          .map(([at, cut, put]) => valid.slice(0, at) + put + valid.slice(at + cut)),
      );
      fc.assert(
        fc.property(anything, (text) => {
          try {
            parseExperiment(text);
          } catch (error) {
            expect(error).toBeInstanceOf(SystoleError);
            expect((error as SystoleError).reason).toBe('experiment_invalid');
          }
        }),
        { seed, numRuns: 300 },
      );
    },
  );

  it('accepts every experiment of the project, named as its file', () => {
    expect(existsSync(experiments)).toBe(true);
    for (const file of readdirSync(experiments)) {
      const experiment = parseAnyExperiment(readFileSync(new URL(file, experiments), 'utf8'));
      expect(`${experiment.name}.yml`).toBe(file);
    }
  });
});
