import { escapeHtml } from '../page.ts';
import { type ChartWords, chartSvg, px } from './chart-svg.ts';
import { plotFrame } from './plot-frame.ts';

export interface BlandAltmanChart extends ChartWords {
  /** Unit of both axes, `mL`. */
  readonly unit: string;
  /** Of each pair the mean of the two methods, and the measured less the reference value. */
  readonly points: readonly { readonly mean: number; readonly difference: number }[];
  /** Mean difference. */
  readonly bias: number;
  /** Limits of agreement: bias less and plus 1.96 standard deviations. */
  readonly lower: number;
  readonly upper: number;
}

const area = { left: 62, top: 34, width: 400, height: 260 };

/** Differences between two methods against their means, with the limits of agreement (Bland and Altman 1986). */
export function blandAltmanChart({ points, unit, bias, lower, upper, ...words }: BlandAltmanChart): string {
  const means = points.map(({ mean }) => mean);
  const heights = [...points.map(({ difference }) => difference), bias, lower, upper, 0].filter(
    Number.isFinite,
  );
  const frame = plotFrame(
    area,
    { name: `Mean of the two (${unit})`, ...range(means) },
    { name: `Difference (${unit})`, ...range(heights) },
  );
  let body = `${frame.svg}<path class="axis" d="M${area.left} ${px(frame.y(0))}h${area.width}"/>`;
  for (const { mean, difference } of points)
    body += `<circle cx="${px(frame.x(mean))}" cy="${px(frame.y(difference))}" r="3" fill="#0072b2" fill-opacity=".6"/>`;
  const lines: readonly (readonly [string, number])[] = [
    ['+1.96 SD', upper],
    ['bias', bias],
    ['−1.96 SD', lower],
  ];
  const right = area.left + area.width;
  // Limits that lie close would be written over each other.
  let free = Number.NEGATIVE_INFINITY;
  for (const [name, value] of lines) {
    if (!Number.isFinite(value)) continue;
    const y = frame.y(value);
    const at = Math.max(y, free);
    free = at + 30;
    body += `<path class="curve" stroke="#d55e00" stroke-dasharray="${name === 'bias' ? 'none' : '7 3'}" d="M${area.left} ${px(y)}H${right}"/>
<text x="${right + 6}" y="${px(at - 2)}">${escapeHtml(name)}</text><text class="soft" x="${right + 6}" y="${px(at + 12)}">${Number(value.toPrecision(3))}</text>`;
  }
  return chartSvg(words, right + 76, area.top + area.height + 46, body);
}

/** The ends of an axis with a little room. */
function range(values: readonly number[]): { from: number; to: number } {
  if (values.length === 0) return { from: 0, to: 1 };
  let [from, to] = [values[0]!, values[0]!];
  for (const value of values) {
    from = Math.min(from, value);
    to = Math.max(to, value);
  }
  const room = 0.05 * (to - from);
  return { from: from - room, to: to + room };
}
