import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { outcomeOf, outcomes } from '../../shared/catalog/overview.ts';
import { pageKey } from '../../shared/reports/page-key.ts';
import type { Command } from '../command.ts';
import { openTarget } from '../open-target.ts';
import { showOutcomes } from '../outcome-table.ts';
import { recordingId } from '../recording-id.ts';
import { UsageError } from '../usage-error.ts';

export const results: Command = {
  name: 'results',
  usage: '[ID] [--page FILE.html] [--json] [--stage NAME]',
  summary: 'Scores of one recording (and its page, saved to a file), or of all.',
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, page: { type: 'string' }, stage: { type: 'string' } },
    });
    const id = recordingId(positionals);
    if (id === undefined && values.page !== undefined) throw new UsageError('--page wants an identifier');
    const target = await openTarget(values.stage);
    try {
      if (id === undefined) {
        await showOutcomes(outcomes(target.database, ''), values.json === true);
        return 0;
      }
      const outcome = await outcomeOf(target.database, id);
      if (outcome === undefined) throw new Error(`there is no recording ${id}`);
      if (values.page !== undefined) {
        const page = await target.objects.bytes({ bucket: target.names.bucket('results'), key: pageKey(id) });
        await mkdir(dirname(resolve(values.page)), { recursive: true });
        await writeFile(values.page, page);
      }
      await showOutcomes(
        (async function* () {
          yield outcome;
        })(),
        values.json === true,
      );
      return 0;
    } finally {
      await target.close();
    }
  },
};
