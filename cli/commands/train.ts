import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type TrainingRun, trainingRun } from '../../shared/catalog/experiments.ts';
import { reasons } from '../../shared/errors.ts';
import { allEpochs, dataPrefix, parseAnyExperiment } from '../../shared/learning/any-experiment.ts';
import type { Command } from '../command.ts';
import { localFiles } from '../files.ts';
import { openTarget } from '../open-target.ts';
import { Progress } from '../progress.ts';
import { upload } from '../upload.ts';
import { UsageError } from '../usage-error.ts';
import { uploadPrefix } from './score.ts';

export const train: Command = {
  name: 'train',
  usage: 'EXPERIMENT.yml [--data FOLDER] [--wait] [--json] [--stage NAME]',
  summary: 'Trains a model as an experiment says; --data uploads its data set first.',
  async run(args, stop) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        wait: { type: 'boolean' },
        json: { type: 'boolean' },
        stage: { type: 'string' },
      },
    });
    const [path, ...rest] = positionals;
    if (path === undefined || rest.length > 0) throw new UsageError('expected one experiment file');
    const bytes = await readFile(path);
    // Checked here as well as at ingest, so that a wrong key is named before anything is uploaded.
    const experiment = parseAnyExperiment(bytes.toString('utf8'));
    const prefix = dataPrefix(experiment);
    if (prefix === undefined && values.data !== undefined)
      throw new UsageError('this experiment needs no data set');
    const data = values.data === undefined ? [] : await localFiles([values.data]);
    const target = await openTarget(values.stage);
    try {
      // Its recordings are uploads like any other: they are indexed and scored as well.
      if (data.length > 0) await upload(target, data, prefix!, stop);
      const key = `experiments/${uploadPrefix()}${experiment.name}.yml`;
      await target.objects.put({ bucket: target.names.bucket('uploads'), key }, bytes, 'application/yaml');
      if (!values.wait && !target.ephemeral) {
        process.stdout.write(
          values.json
            ? `${JSON.stringify({ key })}\n`
            : `${experiment.name} requested; see: npx systole models\n`,
        );
        return 0;
      }
      const progress = new Progress(`Training ${experiment.name}`);
      for (;;) {
        const run = await trainingRun(target.database, key);
        if (run?.refusal !== undefined) throw new Error(run.refusal);
        if (run?.state === 'finished' || run?.state === 'failed') {
          progress.end();
          if (values.json) process.stdout.write(`${JSON.stringify(run)}\n`);
          else
            process.stdout.write(
              `${experiment.name}: ${run.state} after ${run.epoch ?? 0} epochs${because(run)}\n`,
            );
          return run.state === 'finished' ? 0 : 1;
        }
        if (run !== undefined && run.epoch !== null)
          progress.show(run.epoch, allEpochs(experiment), run.figures);
        await sleep(500, undefined, { signal: stop });
      }
    } finally {
      await target.close();
    }
  },
};

/** Why a run failed, in words. */
const because = ({ reason, detail }: TrainingRun): string =>
  reason === null ? '' : `. ${[reasons[reason], detail ?? ''].join(' ').trimEnd()}`;
