import { type ChartWords, chartLegend, chartSvg, lineLook, px } from './chart-svg.ts';
import { plotFrame } from './plot-frame.ts';

/** A point of a curve: [horizontal, vertical], both 0 to 1. */
export type CurvePoint = readonly [x: number, y: number];

/** One line of the chart. */
export interface Curve {
  readonly name: string;
  /** A figure for the legend, `0.93 (0.91-0.95)`. */
  readonly figure?: string;
  /** In the order in which they are joined. */
  readonly points: readonly CurvePoint[];
  /** The interval around it, at increasing x. */
  readonly band?: readonly { readonly x: number; readonly low: number; readonly high: number }[];
}

export interface CurveChart extends ChartWords {
  readonly xName: string;
  readonly yName: string;
  readonly curves: readonly Curve[];
  /** What guessing gives: the diagonal of a ROC plot. */
  readonly diagonal?: boolean;
}

const side = 300;
const area = { left: 58, top: 34, width: side, height: side };

/**
 * Curves in the unit square: receiver operating characteristic (1 - specificity, sensitivity) or precision-recall
 * (recall, precision), several classes in one picture, each with a band where there is one.
 */
export function curveChart({ curves, xName, yName, diagonal = false, ...words }: CurveChart): string {
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const frame = plotFrame(
    area,
    { name: xName, from: 0, to: 1, ticks },
    { name: yName, from: 0, to: 1, ticks },
  );
  let body = frame.svg;
  if (diagonal)
    body += `<path class="guide" d="M${area.left} ${area.top + side}L${area.left + side} ${area.top}"/>`;
  for (const [n, { band = [] }] of curves.entries()) {
    if (band.length < 2) continue;
    const upper = band.map(({ x, high }): CurvePoint => [x, high]);
    const lower = band.map(({ x, low }): CurvePoint => [x, low]).reverse();
    body += `<path d="${line([...upper, ...lower], frame)}Z" fill="${lineLook(n).colour}" fill-opacity=".15"/>`;
  }
  for (const [n, { points }] of curves.entries()) {
    const { colour, dash } = lineLook(n);
    body += `<path class="curve" stroke="${colour}" stroke-dasharray="${dash}" d="${line(points, frame)}"/>`;
  }
  const top = area.top + side + 58;
  const legend = chartLegend(curves, top);
  return chartSvg(words, area.left + side + 22, top + legend.height, body + legend.svg);
}

/** A path without the points that a straight run does not need. */
function line(
  points: readonly CurvePoint[],
  { x, y }: { x: (value: number) => number; y: (value: number) => number },
): string {
  const kept: [string, string][] = [];
  for (const point of points) {
    const here: [string, string] = [px(x(point[0])), px(y(point[1]))];
    const [before, last] = [kept.at(-2), kept.at(-1)];
    if (last !== undefined && last[0] === here[0] && last[1] === here[1]) continue;
    const straight =
      before !== undefined &&
      last !== undefined &&
      ((before[0] === last[0] && last[0] === here[0]) || (before[1] === last[1] && last[1] === here[1]));
    if (straight) kept.pop();
    kept.push(here);
  }
  return kept.map(([h, v], n) => `${n === 0 ? 'M' : 'L'}${h} ${v}`).join('');
}
