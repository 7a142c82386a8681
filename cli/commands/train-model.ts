import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { codeVersion, root } from '../../shared/deployment/bundle.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { parseExperiment } from '../../shared/learning/experiment.ts';
import { headerLabels, onHeaderLabels } from '../../shared/learning/header-labels.ts';
import { trainExperiment } from '../../shared/learning/train.ts';
import { diskFolder } from '../../shared/storage/folder.ts';
import type { Command } from '../command.ts';
import { localFiles } from '../files.ts';
import { Progress } from '../progress.ts';
import { UsageError } from '../usage-error.ts';

export const trainModel: Command = {
  name: 'train-model',
  usage: 'DATA MODEL [--experiment FILE.yml]',
  summary: "Trains on a folder of records with #Dx, the 2020 challenge's form; goes on where it was stopped.",
  async run(args, stop) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { experiment: { type: 'string' } },
    });
    const [data, model, ...rest] = positionals;
    if (data === undefined || model === undefined || rest.length > 0)
      throw new UsageError('expected a folder of records and a folder for the model');
    const recipe = values.experiment ?? join(root, 'experiments', 'dsail-snu.yml');
    const experiment = onHeaderLabels(parseExperiment(await readFile(recipe, 'utf8')));
    const files = await localFiles([data]);
    const reading = new Progress('Reading');
    const { dataset, records, unlabelled, refused } = await headerLabels(
      diskFolder(data),
      files.map(({ key }) => key),
      experiment.preprocessing,
      (done, of) => {
        stop.throwIfAborted();
        reading.show(done, of, 'records');
      },
    );
    reading.end();
    for (const { name, error } of refused)
      process.stderr.write(`${name}: ${error.reason}: ${error.message}\n`);
    if (unlabelled > 0) process.stderr.write(`${unlabelled} records have no #Dx and are left out\n`);
    if (records === 0)
      throw new UsageError(`there is no record with a diagnosis (#Dx) that can be read in ${data}`);
    const engine = await openEngine(experiment.threads === undefined ? {} : { threads: experiment.threads });
    process.stderr.write(`${records} records, ${engine.name}, ${engine.threads} threads\n`);
    const checkpoints = join(model, 'checkpoints');
    const progress = new Progress(`Training ${experiment.name}`);
    const artifact = await trainExperiment(experiment, {
      dataset,
      checkpoints: diskFolder(checkpoints),
      model: diskFolder(model),
      engine,
      models: (name) => diskFolder(join(root, 'models', name)),
      command: `npx systole train-model DATA MODEL${values.experiment === undefined ? '' : ' --experiment FILE.yml'}`,
      codeVersion: codeVersion(),
      signal: stop,
      onProgress: ({ epoch, epochs, epochDone, secondsLeft }) => {
        if (epochDone === undefined) return;
        const figures = Object.entries(epochDone.figures).map(
          ([name, value]) => `${name} ${value.toFixed(4)}`,
        );
        progress.show(epoch, epochs, `epochs  ${figures.join('  ')}  ${Math.round(secondsLeft)} s left`);
      },
    });
    progress.end();
    if (artifact === undefined) {
      process.stderr.write('Stopped; the same command goes on from here.\n');
      return 130;
    }
    // A model folder is given away as a whole.
    await rm(checkpoints, { recursive: true, force: true });
    process.stdout.write(`${artifact.card.name} ${artifact.card.version}\n`);
    return 0;
  },
};
