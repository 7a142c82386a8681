/**
 * A deployment's queueing system, simulated: files that come all at once, and a year of a hospital. Time to score, cost,
 * and the stage that is at its limit. See simulation.ts for what is the production's own code and limits.ts for what is
 * documented of AWS and what is supposed.
 *
 *     npx systole bench scale [--seed 1]
 */
import { parseArgs } from 'node:util';
import { pricesByRegion } from '../../cli/cost/prices.ts';
import { table } from '../../cli/table.ts';
import { settingsSchema } from '../../shared/deployment/settings.ts';
import { hospital, hospitalYear } from './hospital.ts';
import { suppositions } from './limits.ts';
import { priceOf } from './price.ts';
import { type Arrival, simulate } from './simulation.ts';

const { values } = parseArgs({ options: { seed: { type: 'string' } } });
const seed = Number(values.seed ?? 1);
const settings = settingsSchema.parse({});
const prices = pricesByRegion['us-east-1']!;

const scenarios: readonly (readonly [string, () => Iterable<Arrival>])[] = [
  ...[1, 1e3, 1e5, 1e7].flatMap((count) => [
    [`${count.toLocaleString('en-US')} ECGs at once`, () => [{ at: 0, ecg: count, echo: 0 }]] as const,
  ]),
  ...[1, 1e3, 1e5].map(
    (count) =>
      [
        `${count.toLocaleString('en-US')} echo cines at once`,
        () => [{ at: 0, ecg: 0, echo: count }],
      ] as const,
  ),
  ['a year of 2000 beds', () => hospitalYear(seed)],
];

const rows: string[][] = [];
for (const [name, arrivals] of scenarios) {
  const result = simulate(arrivals(), settings, seed);
  for (const modality of ['ecg', 'echo'] as const) {
    const waits = result.waits[modality];
    if (waits.total === 0) continue;
    const full = Object.entries(result.busy).sort(([, a], [, b]) => b - a)[0]!;
    rows.push([
      `${name}${name.includes('beds') ? ` (${modality})` : ''}`,
      String(waits.total),
      ...[0.5, 0.95, 0.99, 1].map((share) => duration(waits.percentile(share))),
      `${full[0]} ${(100 * Math.min(1, full[1])).toFixed(0)} %`,
      String(result.hostsLost),
      priceOf(result, prices).toFixed(2),
    ]);
  }
}
process.stdout.write(
  table(
    ['scenario', 'recordings', '50 %', '95 %', '99 %', 'last', 'fullest stage', 'hosts lost', 'US dollars'],
    rows,
  ),
);
process.stdout.write(
  `\nUpload to score, simulated. The year: ${hospital.ecgs} ECGs and ${hospital.echoStudies} studies of ${hospital.cines} cines a working day.\nSupposed:\n${suppositions.map((words) => `- ${words}\n`).join('')}`,
);

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(0)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
