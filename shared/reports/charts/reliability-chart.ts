import { type ChartWords, chartLegend, chartSvg, lineLook, px } from './chart-svg.ts';
import { plotFrame } from './plot-frame.ts';

/** Recordings whose probabilities lie together. */
export interface ReliabilityBin {
  /** Mean predicted probability. */
  readonly predicted: number;
  /** Share of them that have the class. */
  readonly observed: number;
  readonly count: number;
  /** Interval of `observed`, where there is one. */
  readonly low?: number;
  readonly high?: number;
}

/** One line: a class, or the same one before and after calibration. */
export interface ReliabilitySeries {
  readonly name: string;
  /** A figure for the legend, `ECE 0.03`. */
  readonly figure?: string;
  /** By increasing probability; empty bins are left out. */
  readonly bins: readonly ReliabilityBin[];
}

export interface ReliabilityChart extends ChartWords {
  readonly series: readonly ReliabilitySeries[];
}

const side = 300;
const area = { left: 58, top: 34, width: side, height: side };
const countHeight = 54;

/**
 * A reliability diagram (DeGroot and Fienberg 1983): the observed share of a class against its predicted probability,
 * on the diagonal where probabilities are honest, and below it how many recordings each point stands for.
 */
export function reliabilityChart({ series, ...words }: ReliabilityChart): string {
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const frame = plotFrame(
    area,
    { name: 'Predicted probability', from: 0, to: 1, ticks },
    { name: 'Observed share', from: 0, to: 1, ticks },
  );
  let body = `${frame.svg}<path class="guide" d="M${area.left} ${area.top + side}L${area.left + side} ${area.top}"/>`;
  const base = area.top + side + 54 + countHeight;
  const most = Math.max(1, ...series.flatMap(({ bins }) => bins.map(({ count }) => count)));
  body += `<path class="axis" d="M${area.left} ${base}h${side}"/><text class="soft" x="${area.left - 6}" y="${base - countHeight + 8}" text-anchor="end">${most}</text><text class="soft" x="${area.left - 6}" y="${base}" text-anchor="end">0</text>
<text transform="translate(18 ${base - countHeight / 2}) rotate(-90)" text-anchor="middle">Count</text>`;
  const bar = 14 / Math.max(1, series.length);
  for (const [n, { bins }] of series.entries()) {
    const { colour, dash } = lineLook(n);
    const points = bins.map(
      ({ predicted, observed }) => `${px(frame.x(predicted))} ${px(frame.y(observed))}`,
    );
    if (points.length > 0)
      body += `<path class="curve" stroke="${colour}" stroke-dasharray="${dash}" d="M${points.join('L')}"/>`;
    for (const { predicted, observed, count, low, high } of bins) {
      const x = frame.x(predicted);
      if (low !== undefined && high !== undefined)
        body += `<path stroke="${colour}" d="M${px(x)} ${px(frame.y(low))}V${px(frame.y(high))}"/>`;
      body += `<circle cx="${px(x)}" cy="${px(frame.y(observed))}" r="3.5" fill="${colour}"/>`;
      const height = (countHeight * count) / most;
      body += `<rect x="${px(x - 7 + n * bar)}" y="${px(base - height)}" width="${px(Math.max(1, bar - 1))}" height="${px(height)}" fill="${colour}"/>`;
    }
  }
  const top = base + 26;
  const legend = chartLegend(series, top);
  return chartSvg(words, area.left + side + 22, top + legend.height, body + legend.svg);
}
