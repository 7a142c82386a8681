import { parseArgs } from 'node:util';
import * as z from 'zod';
import type { Command } from '../command.ts';
import { assumptionTexts } from '../cost/assumptions.ts';
import {
  alwaysOnMonth,
  type CostItem,
  idleMonth,
  type NetworkChoice,
  thousand,
  total,
  workingMonth,
} from '../cost/estimate.ts';
import { pricesAsOf, pricesByRegion } from '../cost/prices.ts';
import { table } from '../table.ts';
import { UsageError } from '../usage-error.ts';

const count = z.coerce.number().min(0).max(1e7);
const networks = z.enum(['public', 'isolated-1az', 'isolated-2az']);

export const cost: Command = {
  name: 'cost',
  usage:
    '[--ecg-per-day N] [--echo-per-day M] [--region R] [--network public|isolated-1az|isolated-2az] [--json]',
  summary: 'Estimates what a deployment costs a month, item by item.',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        'ecg-per-day': { type: 'string' },
        'echo-per-day': { type: 'string' },
        region: { type: 'string' },
        network: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
    const region = values.region ?? 'us-east-1';
    const prices = pricesByRegion[region];
    if (prices === undefined)
      throw new UsageError(
        `no prices of ${region} are entered in cli/cost/prices.ts; there are ${Object.keys(pricesByRegion).join(', ')}`,
      );
    const ecg = read('ecg-per-day', count, values['ecg-per-day'] ?? '0');
    const echo = read('echo-per-day', count, values['echo-per-day'] ?? '0');
    const network: NetworkChoice = read('network', networks, values.network ?? 'public');

    const idle = idleMonth(prices, network);
    const work = ecg + echo > 0 ? workingMonth(prices, { ecg, echo }) : [];
    const alwaysOn = alwaysOnMonth(prices);
    const month = total(idle) + total(work);
    if (values.json) {
      const thousandEcg = total(thousand(prices, 'ecg'));
      const thousandEcho = total(thousand(prices, 'echo'));
      process.stdout.write(
        `${JSON.stringify({ region, pricesAsOf, month, idle, work, thousandEcg, thousandEcho, alwaysOn: total(alwaysOn) })}\n`,
      );
      return 0;
    }
    const sections = [
      section(`Idle, a month (${network} network)`, idle),
      ...(work.length > 0 ? [section(`${ecg} ECGs and ${echo} echo cines a day, a month`, work)] : []),
      `Together: ${dollars(month)} a month\n`,
      section('1000 ECGs at once, by the edge', thousand(prices, 'ecg')),
      section('1000 echo cines at once, by Batch', thousand(prices, 'echo')),
      section('For comparison: a GPU instance and a database that are always on, a month', alwaysOn),
      `Assumptions (cli/cost/assumptions.ts):\n${assumptionTexts.map((text) => `- ${text}\n`).join('')}` +
        `- list prices of ${region} as of ${pricesAsOf} (cli/cost/prices.ts)\n`,
    ];
    process.stdout.write(sections.join('\n'));
    return 0;
  },
};

function section(title: string, items: readonly CostItem[]): string {
  const rows = items.map(({ item, quantity, cost: value }) => [item, quantity, value.toFixed(4)]);
  return `${title}\n${table(['item', 'quantity', 'US dollars'], [...rows, ['sum', '', total(items).toFixed(4)]])}`;
}

function read<T>(option: string, schema: z.ZodType<T>, value: string): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new UsageError(`--${option}: ${parsed.error.issues[0]!.message}`);
  return parsed.data;
}

const dollars = (value: number): string => `$${value.toFixed(2)}`;
