import type { Outcome } from '../shared/catalog/overview.ts';
import { outcomeCells } from './outcome-cells.ts';
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

function row(outcome: Outcome, prefix: string): string[] {
  const { key, id, state } = outcome;
  const shown = key.startsWith(prefix) ? key.slice(prefix.length) : key;
  const { findings, figures } = outcomeCells(outcome);
  return [shown, state, findings.slice(0, 60), figures.join('  '), id ?? ''];
}
