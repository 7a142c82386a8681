import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { Command } from '../command.ts';
import { startEmbedded } from '../open-target.ts';

export const up: Command = {
  name: 'up',
  usage: '[--port N]',
  summary: 'Runs the embedded cloud in the foreground until Ctrl-C.',
  async run(args, stop) {
    const { values } = parseArgs({ args: [...args], options: { port: { type: 'string' } } });
    const cloud = await startEmbedded({ port: values.port === undefined ? undefined : Number(values.port) });
    process.stdout.write(`${cloud.welcome()}\n`);
    if (!stop.aborted) await once(stop, 'abort');
    process.stderr.write('Stopping ...\n');
    await cloud.close();
    return 0;
  },
};
