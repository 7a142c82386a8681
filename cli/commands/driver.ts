import { access, mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeChallengeOutput } from '../../shared/ecg/formats/challenge-output.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { SystoleError } from '../../shared/errors.ts';
import { readArtifact } from '../../shared/learning/artifact.ts';
import { openModel } from '../../shared/learning/model.ts';
import { predictionsOf } from '../../shared/scoring/predictions.ts';
import { prepareEcg } from '../../shared/scoring/prepare-ecg.ts';
import { readEcgFile } from '../../shared/scoring/read-ecg-file.ts';
import { diskFolder } from '../../shared/storage/folder.ts';
import type { Command } from '../command.ts';
import { Progress } from '../progress.ts';
import { UsageError } from '../usage-error.ts';

export const driver: Command = {
  name: 'driver',
  usage: 'MODEL INPUT_DIR OUTPUT_DIR',
  summary: "Scores the records of a folder in the 2020 challenge's form: RECORD.csv for each RECORD.hea.",
  async run(args, stop) {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
    const [model, input, output, ...rest] = positionals;
    if (model === undefined || input === undefined || output === undefined || rest.length > 0)
      throw new UsageError('expected a model folder, a folder of records and a folder for their outputs');
    await access(join(model, 'card.json'));
    const headers = (await readdir(input))
      .filter((name) => extname(name) === '.hea' && !name.startsWith('.'))
      .sort();
    if (headers.length === 0) throw new UsageError(`there is no header (.hea) in ${input}`);
    const engine = await openEngine();
    const opened = await openModel(await readArtifact(diskFolder(model)), engine);
    const { leads, classes, preprocessing } = opened.card;
    await mkdir(output, { recursive: true });
    const records = diskFolder(input);
    const progress = new Progress('Scoring');
    let unread = 0;
    try {
      for (const [done, name] of headers.entries()) {
        stop.throwIfAborted();
        const record = basename(name, '.hea');
        const write = (calls: Uint8Array, scores: Float64Array) =>
          writeFile(join(output, `${record}.csv`), writeChallengeOutput(record, { classes, calls, scores }));
        try {
          const { preprocessed } = prepareEcg(await readEcgFile(records, name), preprocessing);
          const { values, samples } = preprocessed;
          const scores = await opened.score({ leads: leads.length, samples, data: values });
          const calls = predictionsOf(opened.card, scores).map(({ positive }) => Number(positive));
          await write(Uint8Array.from(calls), Float64Array.from(scores));
        } catch (error) {
          // What is wrong with one record is no reason to leave the others.
          if (!(error instanceof SystoleError) || error.reason === 'weights_invalid') throw error;
          unread += 1;
          process.stderr.write(`${record}: ${error.reason}: ${error.message}\n`);
          // The scorer wants a file for each record, and takes these for no call and a score of 0.
          await write(new Uint8Array(classes.length), new Float64Array(classes.length).fill(Number.NaN));
        }
        progress.show(done + 1, headers.length, 'records');
      }
    } finally {
      await opened.dispose();
    }
    progress.end();
    if (unread > 0) process.stderr.write(`${unread} of ${headers.length} records have no answer\n`);
    return unread < headers.length ? 0 : 1;
  },
};
