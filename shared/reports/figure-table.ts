import { escapeHtml } from './page.ts';

/** A figure with its interval; NaN where it is not defined. */
export interface Figure {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A table of figures under a caption; `rows` are HTML. */
export function figureTable(caption: string, head: readonly string[], rows: readonly string[]): string {
  return `<div class="scroll"><table class="figures"><caption>${escapeHtml(caption)}</caption><thead><tr>${head
    .map((name) => `<th scope="col">${escapeHtml(name)}</th>`)
    .join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

/** A figure with its interval for a cell, to three decimals. */
export function figureHtml({ value, low, high }: Figure): string {
  if (Number.isNaN(value)) return '<small>not defined</small>';
  const bounds = Number.isNaN(low) ? '' : ` <small>${low.toFixed(3)}-${high.toFixed(3)}</small>`;
  return `${value.toFixed(3)}${bounds}`;
}

/** The same as text. */
export function figureText({ value, low, high }: Figure): string {
  if (Number.isNaN(value)) return 'not defined';
  return `${value.toFixed(3)}${Number.isNaN(low) ? '' : ` (${low.toFixed(3)}-${high.toFixed(3)})`}`;
}

/** The rules of pages with such tables, and with charts beside each other. */
export const figureTableStyle = `
@media screen { main, header, footer { max-width: 90rem; } }
.figures th[scope=row] { font-weight: 400; } .figures .mean th, .figures .mean td { font-weight: 650; }
.figures small { color: var(--soft); font-weight: 400; white-space: nowrap; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; }
.note { margin: .75rem 0 0; color: var(--soft); font-size: .875rem; }
@media print { .charts svg { break-inside: avoid; } .figures { font-size: 8pt; } }`;
