import type { Outcome } from '../shared/catalog/overview.ts';
import { outcomeCells } from './outcome-cells.ts';
import { table } from './table.ts';

/** Rows shown on a terminal; the rest is a query away. */
const mostRows = 200;

/** Letters of the findings where there are several rows; a single one is shown whole. */
const mostFindings = 60;

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
  const shown = rows.length === 1 ? rows : rows.map((cells) => cells.with(2, shortened(cells[2]!)));
  process.stdout.write(table(['recording', 'state', 'findings', 'scores', 'id'], shown));
  if (more > 0) process.stdout.write(`... and ${more} more: npx systole results --json\n`);
}

function row(outcome: Outcome, prefix: string): string[] {
  const { key, id, state } = outcome;
  const shown = key.startsWith(prefix) ? key.slice(prefix.length) : key;
  const { findings, figures } = outcomeCells(outcome);
  return [shown, state, findings, figures.join('  '), id ?? ''];
}

function shortened(findings: string): string {
  return findings.length <= mostFindings ? findings : `${findings.slice(0, mostFindings - 1)}…`;
}
