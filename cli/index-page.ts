import type { Outcome } from '../shared/catalog/overview.ts';
import { escapeHtml, page } from '../shared/reports/page.ts';
import { outcomeCells } from './outcome-cells.ts';

/** A page that lists recordings with their scores and leads to the page of each. */
export function indexPage(saved: readonly { readonly outcome: Outcome; readonly file: string }[]): string {
  const rows = saved.map(({ outcome, file }) => {
    const { findings, figures } = outcomeCells(outcome);
    const name = escapeHtml(file.replace(/\.html$/, ''));
    return `<tr><td><a href="${encodeURIComponent(file)}">${name}</a></td><td>${escapeHtml(findings)}</td><td>${escapeHtml(figures.join(', '))}</td></tr>`;
  });
  const html = `<table><thead><tr><th>Recording</th><th>Findings</th><th>Scores</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
  return page({
    title: 'Systole',
    subtitle: `${saved.length} generated recordings, scored on this machine`,
    sections: [{ heading: 'Recordings', html }],
  });
}
