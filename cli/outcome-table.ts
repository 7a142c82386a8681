import type { Outcome } from '../shared/catalog/overview.ts';
import { table } from './table.ts';

/** Rows shown on a terminal; the rest is a query away. */
const mostRows = 200;

/** Prints outcomes as a table, or as one JSON object a line. */
export async function showOutcomes(all: AsyncIterable<Outcome>, json: boolean, prefix = ''): Promise<void> {
  const rows: string[][] = [];
  let more = 0;
  for await (const outcome of all) {
    if (json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
    else if (rows.length < mostRows) rows.push(row(outcome, prefix));
    else more += 1;
  }
  if (json) return;
  process.stdout.write(table(['recording', 'state', 'findings', 'scores', 'id'], rows));
  if (more > 0) process.stdout.write(`... and ${more} more: npx systole results --json\n`);
}

function row({ key, id, state, reason, detail, scores, positive }: Outcome, prefix: string): string[] {
  const shown = key.startsWith(prefix) ? key.slice(prefix.length) : key;
  const findings =
    reason === null ? positive.join(' ') || (state === 'scored' ? 'none' : '') : `${reason} ${detail ?? ''}`;
  const figures = Object.entries(scores)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 5)
    .map(([label, probability]) => `${label} ${probability.toFixed(2)}`);
  return [shown, state, findings.slice(0, 60), figures.join('  '), id ?? ''];
}
