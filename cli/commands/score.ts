import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { outcomes } from '../../shared/catalog/overview.ts';
import type { Command } from '../command.ts';
import { localFiles } from '../files.ts';
import { openTarget } from '../open-target.ts';
import { showOutcomes } from '../outcome-table.ts';
import { upload } from '../upload.ts';
import { UsageError } from '../usage-error.ts';
import { waitForScores } from '../wait.ts';

/** A prefix of its own for each upload, so that its outcome can be told apart. */
export const uploadPrefix = (): string =>
  `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}-${randomBytes(3).toString('hex')}/`;

export const score: Command = {
  name: 'score',
  usage: 'PATH... [--wait] [--json] [--stage NAME]',
  summary: 'Uploads files or folders to be scored; --wait shows what became of them.',
  async run(args, stop) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { wait: { type: 'boolean' }, json: { type: 'boolean' }, stage: { type: 'string' } },
    });
    if (positionals.length === 0) throw new UsageError('which files or folders?');
    const files = await localFiles(positionals);
    if (files.length === 0) throw new UsageError('there are no files in there');
    const target = await openTarget(values.stage);
    try {
      const prefix = uploadPrefix();
      await upload(target, files, prefix, stop);
      // An embedded cloud that was started for this command alone would stop with the work undone.
      if (!values.wait && !target.ephemeral) {
        if (values.json) process.stdout.write(`${JSON.stringify({ prefix, files: files.length })}\n`);
        else
          process.stdout.write(`${files.length} files uploaded below ${prefix}; see: npx systole status\n`);
        return 0;
      }
      const { recordings } = await waitForScores(target, prefix, files.length, stop);
      await showOutcomes(outcomes(target.database, prefix), values.json === true, prefix);
      return recordings.failed === 0 ? 0 : 1;
    } finally {
      await target.close();
    }
  },
};
