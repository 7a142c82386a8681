import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { configurationHash } from '../../shared/ecg/preprocessing.ts';
import { readArtifact } from '../../shared/learning/artifact.ts';
import { cardPage } from '../../shared/learning/card-page.ts';
import { checkExperiment, parseExperiment } from '../../shared/learning/experiment.ts';
import { diskFolder } from '../../shared/storage/folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = `${root}models/ecg-challenge`;

describe('models/ecg-challenge', () => {
  it('is whole: weights of its card, the experiment of its name, a page that says what the card says', async () => {
    const { card } = await readArtifact(diskFolder(folder));
    const experiment = readFileSync(`${root}experiments/ecg-challenge.yml`, 'utf8');
    expect(checkExperiment(card.training.experiment)).toEqual(parseExperiment(experiment));
    expect(card.name).toBe('ecg-challenge');
    expect(card.classes).toHaveLength(24);
    expect(card.preprocessingHash).toBe(configurationHash(card.preprocessing));
    expect(readFileSync(`${folder}/card.md`, 'utf8')).toBe(cardPage(card));
  });

  it('starts from the five-superclass model that is shipped', async () => {
    const { card } = await readArtifact(diskFolder(`${root}models/ecg-superclass`));
    const experiment = parseExperiment(readFileSync(`${root}experiments/ecg-challenge.yml`, 'utf8'));
    expect(experiment.start).toEqual({ model: card.name, version: card.version });
  });

  it('is held against the plain recipe in a comparison of the same net on the same folds', () => {
    const [ours, plain] = ['ecg-challenge', 'ecg-challenge-plain'].map((name) =>
      parseExperiment(readFileSync(`${root}experiments/${name}.yml`, 'utf8')),
    );
    expect(plain!.net).toEqual(ours!.net);
    expect(plain!.epochs).toBe(ours!.epochs);
    expect(plain!.thresholds).toBe(0.5);
    expect(plain!.mixup).toBeUndefined();
    expect(plain!.augmentation).toEqual([]);
    expect(readFileSync(`${folder}/comparison.md`, 'utf8')).toContain(
      '| ecg-challenge less ecg-challenge-plain |',
    );
  });

  it('is under 9 MB', () => {
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(`${folder}/${name}`).size, 0);
    expect(bytes).toBeLessThan(9_000_000);
  });
});
