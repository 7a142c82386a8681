import { parseArgs } from 'node:util';
import { labelledInstances } from '../../shared/catalog/labelled-instances.ts';
import { type ViewGroup, type ViewName, viewNames, viewOf } from '../../shared/echo/views/views.ts';
import type { Command } from '../command.ts';
import { openTarget } from '../open-target.ts';
import { UsageError } from '../usage-error.ts';

export const labels: Command = {
  name: 'labels',
  usage: '[--train SHARE] [--keep SHARE] [--seed N] [--stage NAME]',
  summary: 'Views of echo instances that Xcelera exports know, as a table (CSV) that training reads.',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        train: { type: 'string', default: '0.8' },
        keep: { type: 'string', default: '1' },
        seed: { type: 'string', default: '1' },
        stage: { type: 'string' },
      },
    });
    const parting = { train: share('--train', values.train), keep: share('--keep', values.keep) };
    const seed = Number(values.seed);
    if (!Number.isInteger(seed) || seed < 0 || seed > 0x7fffffff)
      throw new UsageError('--seed takes a whole number from 0');
    const target = await openTarget(values.stage);
    try {
      let rows = 0;
      for await (const page of labelledInstances(target.database, { ...parting, seed }))
        for (const { key, view, study, part } of page) {
          if (rows++ === 0) process.stdout.write('image,view,split,patient\n');
          process.stdout.write(`${[key, classOf(view), part, study].map(cell).join(',')}\n`);
        }
      if (rows === 0) throw new Error('no Xcelera export knows the view of an instance that is here');
      return 0;
    } finally {
      await target.close();
    }
  },
};

/** What a view net calls the group: the class that both published mappings take for it. */
const classOf = (group: ViewGroup): ViewName => viewNames.find((name) => viewOf(name).seg === group)!;

function share(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new UsageError(`${option} takes a share above 0, at most 1`);
  return value;
}

/** RFC 4180. */
const cell = (text: string): string =>
  /[",;\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
