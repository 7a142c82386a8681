/** One part of a page under a heading. */
export interface PageSection {
  readonly heading: string;
  /** HTML; whatever comes from a file must have gone through `escapeHtml`. */
  readonly html: string;
}

export interface Page {
  readonly title: string;
  /** A line under the title, text. */
  readonly subtitle: string;
  readonly sections: readonly PageSection[];
  /** Rules that only this kind of page needs. */
  readonly style?: string;
}

/** Text that may come from a file, made safe for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[letter]!,
  );
}

/** Rows of a two-column table: a name and a value, both text. */
export function factTable(caption: string, facts: readonly (readonly [string, string])[]): string {
  const rows = facts.map(
    ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<table class="facts"><caption>${escapeHtml(caption)}</caption><tbody>${rows.join('')}</tbody></table>`;
}

/** What the reader must know before the figures, each a sentence of text; nothing where there is nothing. */
export function noticeHtml(notices: readonly string[]): string {
  if (notices.length === 0) return '';
  return `<div class="notice"><ul>${notices.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul></div>`;
}

const style = `
:root { color-scheme: light dark; --ink: #1a1d21; --soft: #5b6470; --line: #d9dee5; --paper: #ffffff; --ground: #f4f6f8;
  --accent: #0b6e99; --warn: #8a5a00; --warn-ground: #fff6e0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebef; --soft: #a3adb9; --line: #343b44; --paper: #1b1f24; --ground: #121519; --accent: #5db8de;
    --warn: #f0c36d; --warn-ground: #2d2512; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); line-height: 1.5;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main, header, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.75rem; padding-bottom: .25rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0; letter-spacing: -.01em; }
header p { margin: .3rem 0 0; color: var(--soft); }
section { background: var(--paper); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.25rem 1.25rem;
  margin: 1rem 0; }
h2 { font-size: 1.05rem; margin: 0 0 .75rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .875rem; padding-bottom: .35rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--soft); font-weight: 600; font-size: .875rem; }
.facts th { font-weight: 400; color: var(--soft); width: 45%; }
.scroll { overflow-x: auto; }
.notice { border-left: 4px solid var(--warn); background: var(--warn-ground); padding: .5rem .8rem; margin: 0 0 .75rem; }
.notice ul { margin: 0; padding-left: 1.1rem; }
footer { color: var(--soft); font-size: .875rem; padding-top: .25rem; padding-bottom: 2rem; }
footer strong { color: var(--ink); }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --paper: #fff; --ground: #fff; }
  body { font-size: 10.5pt; }
  section { break-inside: avoid; border-radius: 0; }
  main, header, footer { max-width: none; padding-left: 0; padding-right: 0; }
}`;

/**
 * A self-contained HTML page of a result: head, title, sections and the line that says what it is not. It loads nothing
 * and runs nothing (its policy says so too), reads in light, dark and on paper, and carries no patient identifiers as
 * long as its sections do not.
 */
export function page({ title, subtitle, sections, style: own = '' }: Page): string {
  const parts = sections.map(
    ({ heading, html }, i) =>
      `<section aria-labelledby="part-${i}"><h2 id="part-${i}">${escapeHtml(heading)}</h2>${html}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${style}${own}</style>
</head>
<body>
<header><h1>${escapeHtml(title)}</h1><p>${escapeHtml(subtitle)}</p></header>
<main>${parts.join('\n')}</main>
<footer><p><strong>Not a medical device.</strong> Computed by Systole for research; not for diagnosis or treatment.</p></footer>
</body>
</html>
`;
}
