import type { EchoOutcome, Outcome } from '../shared/catalog/overview.ts';
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
  const { key, id, state, reason, detail, scores, positive, echo } = outcome;
  const shown = key.startsWith(prefix) ? key.slice(prefix.length) : key;
  if (echo !== null) return [shown, state, ...echoCells(echo), id ?? ''];
  const findings =
    reason === null ? positive.join(' ') || (state === 'scored' ? 'none' : '') : `${reason} ${detail ?? ''}`;
  const figures = Object.entries(scores)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 5)
    .map(([label, probability]) => `${label} ${probability.toFixed(2)}`);
  return [shown, state, findings.slice(0, 60), figures.join('  '), id ?? ''];
}

/** What the ejection fraction says, or why there is none; view and figures. */
function echoCells({
  view,
  probability,
  ef,
  efSpread,
  edv,
  esv,
  recommendation,
  reasons,
}: EchoOutcome): string[] {
  const figures = [`${view} ${probability.toFixed(2)}`];
  if (ef !== null) figures.push(`EF ${ef.toFixed(0)}${efSpread === null ? '' : `±${efSpread.toFixed(0)}`} %`);
  if (edv !== null && esv !== null) figures.push(`EDV ${edv.toFixed(0)} mL`, `ESV ${esv.toFixed(0)} mL`);
  return [recommendation ?? reasons.join(' '), figures.join('  ')];
}
