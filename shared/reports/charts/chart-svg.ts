import { escapeHtml } from '../page.ts';

/**
 * Okabe and Ito's colours that colour-blind people can tell apart (jfly.uni-koeln.de/color, 2008), less the yellow that
 * paper swallows; black is the ink of the page.
 */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/** Once the colours are used up, and in black and white print, the dashes tell lines apart. */
const dashes = ['none', '7 3', '2 2', '9 3 2 3'];

/** How the n-th line of a chart is drawn; the same n looks the same in every chart of a page. */
export function lineLook(n: number): { readonly colour: string; readonly dash: string } {
  const round = Math.floor(n / colours.length);
  return { colour: colours[n % colours.length]!, dash: dashes[(n + round) % dashes.length]! };
}

// The page's own colours where there is a page, so that a chart follows it into the dark and onto paper.
const style = `.chart{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;max-width:100%;height:auto}
.chart text{fill:var(--ink,#1a1d21)}.chart .soft{fill:var(--soft,#5b6470)}.chart .ground{fill:var(--paper,#fff)}
.chart .heading{font-weight:600;font-size:13px}.chart .grid{stroke:var(--line,#d9dee5);fill:none}
.chart .axis{stroke:var(--soft,#5b6470);fill:none}.chart .guide{stroke:var(--soft,#5b6470);stroke-dasharray:3 3;fill:none}
.chart .curve{fill:none;stroke-width:1.8;stroke-linejoin:round}.chart .halo{paint-order:stroke;stroke:var(--paper,#fff);stroke-width:3px}`;

/** What a reader is told of a chart, seeing or not. */
export interface ChartWords {
  /** Heading of the picture, text. */
  readonly title: string;
  /** What it shows, for those who cannot see it: the figures that matter, text. */
  readonly description: string;
}

/**
 * The outside of a chart: an SVG that stands alone as a file and fits into a page, with title and description.
 * @param body SVG; whatever comes from a file must have gone through `escapeHtml`.
 */
export function chartSvg(
  { title, description }: ChartWords,
  width: number,
  height: number,
  body: string,
): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escapeHtml(title)}</title><desc>${escapeHtml(description)}</desc><style>${style}</style>
<rect class="ground" width="${width}" height="${height}"/><text class="heading" x="8" y="18">${escapeHtml(title)}</text>
${body}</svg>`;
}

/** A coordinate as short as the eye needs it. */
export function px(value: number): string {
  return String(Math.round(10 * value) / 10);
}

/** Width of a text of 12 px, near enough to leave room for it. */
export function textWidth(text: string): number {
  return 6.6 * text.length;
}

/** A text of at most so many letters. */
export function shortened(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, letters - 1).trimEnd()}…`;
}

const legendLine = 18;

/** The names of the lines of a chart below it, each with its figure. */
export function chartLegend(
  lines: readonly { readonly name: string; readonly figure?: string }[],
  top: number,
): { readonly svg: string; readonly height: number } {
  const rows = lines.map(({ name, figure }, n) => {
    const { colour, dash } = lineLook(n);
    const y = top + n * legendLine;
    const tail = figure === undefined ? '' : ` <tspan class="soft" dx="4">${escapeHtml(figure)}</tspan>`;
    return `<path class="curve" stroke="${colour}" stroke-dasharray="${dash}" d="M12 ${y - 4}h30"/><text x="50" y="${y}">${escapeHtml(shortened(name, 46 - (figure?.length ?? 0)))}${tail}</text>`;
  });
  return { svg: rows.join(''), height: legendLine * lines.length };
}
