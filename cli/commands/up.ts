import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { Command } from '../command.ts';
import { startEmbedded } from '../open-target.ts';
import { UsageError } from '../usage-error.ts';

export const up: Command = {
  name: 'up',
  usage: '[--port N]',
  summary: 'Runs the embedded cloud in the foreground until Ctrl-C.',
  async run(args, stop) {
    const { values } = parseArgs({ args: [...args], options: { port: { type: 'string' } } });
    if (values.port !== undefined && !/^\d{1,5}$/.test(values.port))
      throw new UsageError('--port wants a port: a number up to 65535, or 0 for any free one');
    const cloud = await startEmbedded({ port: values.port === undefined ? undefined : Number(values.port) });
    process.stdout.write(`${cloud.welcome()}\n`);
    if (!stop.aborted) await once(stop, 'abort');
    process.stderr.write('Stopping ...\n');
    await cloud.close();
    return 0;
  },
};
