import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../shared/deployment/bundle.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { compareRecipes } from '../../shared/learning/compare-recipes.ts';
import { comparisonPage } from '../../shared/learning/comparison-page.ts';
import { parseExperiment } from '../../shared/learning/experiment.ts';
import { diskFolder } from '../../shared/storage/folder.ts';
import type { Command } from '../command.ts';
import { UsageError } from '../usage-error.ts';

export const compare: Command = {
  name: 'compare',
  usage:
    'FIRST.yml SECOND.yml... --data FOLDER --output FOLDER [--folds N] [--leave-sources-out] [--threads N] [--json]',
  summary: 'Cross-validates training recipes side by side, by database too, against the first of them.',
  async run(args, stop) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        output: { type: 'string' },
        folds: { type: 'string', default: '5' },
        'leave-sources-out': { type: 'boolean', default: false },
        threads: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
    const folds = Number(values.folds);
    if (positionals.length < 1 || values.data === undefined || values.output === undefined)
      throw new UsageError('expected experiment files, --data FOLDER and --output FOLDER');
    if (!Number.isInteger(folds) || folds < 2) throw new UsageError('--folds takes a number from 2');
    const experiments = [];
    for (const path of positionals) experiments.push(parseExperiment(await readFile(path, 'utf8')));
    const threads = values.threads === undefined ? experiments[0]!.threads : Number(values.threads);
    const engine = await openEngine(threads === undefined ? {} : { threads });
    const comparison = await compareRecipes(experiments, {
      dataset: diskFolder(values.data),
      checkpoints: diskFolder(join(values.output, 'checkpoints')),
      engine,
      models: (name) => diskFolder(join(root, 'models', name)),
      folds,
      leaveSourcesOut: values['leave-sources-out'],
      signal: stop,
      onFold: (recipe, part, fold) => process.stderr.write(`${recipe}, ${part}: fold ${fold + 1}\n`),
    });
    if (comparison === undefined) return 130;
    const page = comparisonPage(comparison);
    await mkdir(values.output, { recursive: true });
    await writeFile(join(values.output, 'comparison.json'), `${JSON.stringify(comparison, null, 2)}\n`);
    await writeFile(join(values.output, 'comparison.md'), page);
    process.stdout.write(values.json ? `${JSON.stringify(comparison)}\n` : page);
    return 0;
  },
};
