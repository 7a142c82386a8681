import { escapeHtml } from '../page.ts';
import { type ChartWords, chartSvg, px, shortened, textWidth } from './chart-svg.ts';

export interface ConfusionChart extends ChartWords {
  readonly classes: readonly string[];
  /** counts[true class][called class]. */
  readonly counts: readonly (readonly number[])[];
  /**
   * What a row's shares are of; the sum of the row by default. Where a recording can have several classes, or none is
   * called, it is the number of recordings with the row's class.
   */
  readonly totals?: readonly number[];
  readonly rowName: string;
  readonly columnName: string;
}

const longestLabel = 24;

/**
 * A matrix of true against called classes: a count in each cell, its share of the row as shade and, where there is
 * room, in words. A row without recordings stays empty.
 */
export function confusionChart({
  classes,
  counts,
  totals,
  rowName,
  columnName,
  ...words
}: ConfusionChart): string {
  const roomy = classes.length <= 8;
  const cell = roomy ? 64 : 34;
  const labels = classes.map((name) => shortened(name, longestLabel));
  const room = Math.max(40, ...labels.map(textWidth)) + 12;
  // The axis' own name stands upright in front of them, well apart where a font is wider than reckoned.
  const left = room + 40;
  // Column names stand upright when they are too long to lie side by side.
  const upright = labels.some((label) => textWidth(label) > cell - 4);
  const top = 48 + (upright ? room : 20);
  let body = `<text class="soft" x="${px(left + (cell * classes.length) / 2)}" y="40" text-anchor="middle">${escapeHtml(columnName)}</text>
<text class="soft" transform="translate(16 ${px(top + (cell * classes.length) / 2)}) rotate(-90)" text-anchor="middle">${escapeHtml(rowName)}</text>`;
  labels.forEach((label, i) => {
    const centre = (i + 0.5) * cell;
    const text = escapeHtml(label);
    body += `<text x="${px(left - 8)}" y="${px(top + centre + 4)}" text-anchor="end">${text}</text>`;
    body += upright
      ? `<text transform="translate(${px(left + centre + 4)} ${px(top - 8)}) rotate(-90)">${text}</text>`
      : `<text x="${px(left + centre)}" y="${px(top - 8)}" text-anchor="middle">${text}</text>`;
  });
  counts.forEach((row, i) => {
    const total = totals?.[i] ?? row.reduce((sum, count) => sum + count, 0);
    row.forEach((count, j) => {
      const share = total === 0 ? 0 : count / total;
      const [x, y] = [left + j * cell, top + i * cell];
      // Never so dark that the ink on it could not be read.
      body += `<rect class="grid" x="${px(x)}" y="${px(y)}" width="${cell}" height="${cell}"/>`;
      if (share > 0)
        body += `<rect x="${px(x + 1)}" y="${px(y + 1)}" width="${cell - 2}" height="${cell - 2}" fill="#0072b2" fill-opacity="${(0.05 + 0.75 * Math.min(1, share)).toFixed(2)}"/>`;
      if (total === 0 || (!roomy && count === 0)) return;
      const middle = px(x + cell / 2);
      body += `<text x="${middle}" y="${px(y + cell / 2 + (roomy ? -2 : 4))}" text-anchor="middle">${count}</text>`;
      if (roomy)
        body += `<text x="${middle}" y="${px(y + cell / 2 + 14)}" text-anchor="middle" font-size="11">${Math.round(100 * share)} %</text>`;
    });
  });
  const width = Math.max(left + cell * classes.length + 12, textWidth(words.title) * 1.15 + 16);
  return chartSvg(words, Math.ceil(width), Math.ceil(top + cell * classes.length + 12), body);
}
