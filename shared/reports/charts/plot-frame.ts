import { escapeHtml } from '../page.ts';
import { px } from './chart-svg.ts';

/** One axis: its name with the unit, and the values at its ends. */
export interface Axis {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Values at which it is marked; round ones by default. */
  readonly ticks?: readonly number[];
}

/** Where a plot lies in its picture, in pixels. */
export interface PlotArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface PlotFrame {
  /** Grid, axes, numbers and names. */
  readonly svg: string;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** The two axes of a plot with their grid. An axis of no length is widened. */
export function plotFrame(area: PlotArea, horizontal: Axis, vertical: Axis): PlotFrame {
  const across = widened(horizontal);
  const up = widened(vertical);
  const x = (value: number) => area.left + (area.width * (value - across.from)) / (across.to - across.from);
  const y = (value: number) => area.top + area.height * (1 - (value - up.from) / (up.to - up.from));
  const bottom = area.top + area.height;
  const right = area.left + area.width;
  const xTicks = across.ticks ?? roundTicks(across.from, across.to, Math.floor(area.width / 60));
  const yTicks = up.ticks ?? roundTicks(up.from, up.to, Math.floor(area.height / 45));
  const grid = [
    ...xTicks.map((tick) => `M${px(x(tick))} ${px(area.top)}V${px(bottom)}`),
    ...yTicks.map((tick) => `M${px(area.left)} ${px(y(tick))}H${px(right)}`),
  ].join('');
  const numbers = [
    ...xTicks.map(
      (tick) =>
        `<text class="soft" x="${px(x(tick))}" y="${px(bottom + 16)}" text-anchor="middle">${numberText(tick)}</text>`,
    ),
    ...yTicks.map(
      (tick) =>
        `<text class="soft" x="${px(area.left - 6)}" y="${px(y(tick) + 4)}" text-anchor="end">${numberText(tick)}</text>`,
    ),
  ].join('');
  const middle = area.top + area.height / 2;
  return {
    x,
    y,
    svg: `<path class="grid" d="${grid}"/><path class="axis" d="M${px(area.left)} ${px(area.top)}V${px(bottom)}H${px(right)}"/>${numbers}
<text x="${px(area.left + area.width / 2)}" y="${px(bottom + 34)}" text-anchor="middle">${escapeHtml(horizontal.name)}</text>
<text transform="translate(${px(area.left - 40)} ${px(middle)}) rotate(-90)" text-anchor="middle">${escapeHtml(vertical.name)}</text>`,
  };
}

function widened(axis: Axis): Axis {
  if (axis.to > axis.from) return axis;
  const room = Math.max(1, Math.abs(axis.from)) / 2;
  return { ...axis, from: axis.from - room, to: axis.from + room };
}

/** Multiples of 1, 2 or 5 times a power of ten, about `count` of them. */
function roundTicks(from: number, to: number, count: number): number[] {
  const rough = (to - from) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((multiple) => multiple * power >= rough) ?? 10);
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
}

/** Without the digits that binary fractions bring along. */
function numberText(value: number): string {
  return String(Number(value.toPrecision(6)));
}
