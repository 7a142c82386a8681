import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { codeVersion } from '../../shared/deployment/code-version.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { dataPrefix, parseAnyExperiment } from '../../shared/learning/any-experiment.ts';
import type { TrainOptions } from '../../shared/learning/train.ts';
import { diskFolder } from '../../shared/storage/folder.ts';
import { trainSideBySide } from './train-side-by-side.ts';

/** The training program on a data set of this machine; progress goes to stderr, a line an epoch. */
export async function trainFiles(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      output: { type: 'string' },
      checkpoints: { type: 'string' },
      threads: { type: 'string' },
      processes: { type: 'string' },
    },
  });
  const [path, ...rest] = positionals;
  if (path === undefined || rest.length > 0 || values.output === undefined)
    throw new Error('expected EXPERIMENT.yml --data FOLDER --output FOLDER');
  const experiment = parseAnyExperiment(await readFile(path, 'utf8'));
  const needsData = dataPrefix(experiment) !== undefined;
  if (needsData !== (values.data !== undefined))
    throw new Error(`this experiment ${needsData ? 'needs' : 'takes no'} --data FOLDER`);
  const threads = values.threads === undefined ? experiment.threads : Number(values.threads);
  const engine = await openEngine(threads === undefined ? {} : { threads });
  process.stderr.write(`${engine.name}, ${engine.threads} threads\n`);
  const options: TrainOptions = {
    // Never read where an experiment needs no data.
    dataset: diskFolder(values.data ?? values.output),
    checkpoints: diskFolder(values.checkpoints ?? join(values.output, 'checkpoints')),
    model: diskFolder(values.output),
    engine,
    // Beside the experiment's folder, as in a checkout.
    models: (name) => diskFolder(join(dirname(path), '..', 'models', name)),
    command: `npx tsx batch-jobs/train/main.ts ${path}${needsData ? ' --data FOLDER' : ''} --output FOLDER`,
    codeVersion,
    signal,
    onProgress: ({ epochDone, fold, epoch, epochs, loss, secondsLeft }) => {
      if (epochDone === undefined) return;
      const where = fold === undefined ? '' : `fold ${fold} `;
      const figures = { loss, 'validation loss': epochDone.validationLoss, ...epochDone.figures };
      const told = Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(4)}`);
      process.stderr.write(
        `${where}epoch ${epoch}/${epochs}  ${told.join('  ')}  ${Math.round(secondsLeft)} s left\n`,
      );
    },
  };
  const processes = values.processes === undefined ? undefined : Number(values.processes);
  if (processes !== undefined && !(processes >= 1)) throw new Error('--processes takes a number from 1');
  const artifact = await trainSideBySide(experiment, options, processes);
  if (artifact !== undefined) process.stdout.write(`${artifact.card.name} ${artifact.card.version}\n`);
}
