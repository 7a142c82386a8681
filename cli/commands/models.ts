import { parseArgs } from 'node:util';
import { listModels, promoteModel } from '../../shared/catalog/models.ts';
import type { Command } from '../command.ts';
import { openTarget } from '../open-target.ts';
import { table } from '../table.ts';
import { UsageError } from '../usage-error.ts';

export const models: Command = {
  name: 'models',
  usage: '[promote NAME VERSION] [--json] [--stage NAME]',
  summary: 'Lists the models; promote puts one in force for its task.',
  async run(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, stage: { type: 'string' } },
    });
    const [verb, name, version, ...rest] = positionals;
    const promote = verb === 'promote' && name !== undefined && version !== undefined && rest.length === 0;
    if (verb !== undefined && !promote) throw new UsageError('expected nothing, or: promote NAME VERSION');
    const target = await openTarget(values.stage);
    try {
      if (promote && !(await promoteModel(target.database, name, version)))
        throw new Error(`there is no model ${name} ${version}`);
      const all = await listModels(target.database);
      const inForce = new Set<string>();
      const rows = all.map((model) => {
        const first = model.promotedAt !== null && !inForce.has(model.task);
        if (first) inForce.add(model.task);
        return { ...model, inForce: first };
      });
      if (values.json) for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
      else {
        const cells = rows.map((row) => [
          row.task,
          row.name,
          row.version,
          row.inForce ? 'in force' : '',
          row.promotedAt ?? '',
        ]);
        process.stdout.write(table(['task', 'model', 'version', '', 'promoted'], cells));
      }
      return 0;
    } finally {
      await target.close();
    }
  },
};
