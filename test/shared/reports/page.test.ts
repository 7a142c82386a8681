import { describe, expect, it } from 'vitest';
import { escapeHtml, factTable, page } from '../../../shared/reports/page.ts';

describe('page', () => {
  const html = page({
    title: 'A <b>',
    subtitle: 'x & y',
    sections: [
      { heading: 'One', html: '<p>1</p>' },
      { heading: 'Two "quoted"', html: factTable('Facts', [['Name', '<i>value</i>']]) },
    ],
  });

  it('escapes what is text and leaves what is HTML', () => {
    expect(html).toContain('<h1>A &lt;b&gt;</h1><p>x &amp; y</p>');
    expect(html).toContain('<p>1</p>');
    expect(html).toContain('<th scope="row">Name</th><td>&lt;i&gt;value&lt;/i&gt;</td>');
    expect(escapeHtml(`<>&"'`)).toBe('&lt;&gt;&amp;&quot;&#39;');
  });

  it('names each part by its heading', () => {
    const labels = [...html.matchAll(/aria-labelledby="([^"]+)"/g)].map(([, id]) => id);
    expect(labels).toHaveLength(2);
    for (const id of labels) expect(html).toContain(`<h2 id="${id}">`);
    expect(html).toContain('<html lang="en">');
  });

  it('loads and runs nothing, and says that it is no medical device', () => {
    expect(html).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`);
    expect(html).not.toMatch(/<script|<link|url\(/);
    expect(html).toContain('Not a medical device.');
  });
});
