import type { CineMeasurement } from '../echo/measurement/measure-cine.ts';
import { chartLegend, chartSvg, lineLook, px } from './charts/chart-svg.ts';
import { plotFrame } from './charts/plot-frame.ts';

const area = { left: 62, top: 34, width: 600, height: 220 };

/** The left ventricle's volume over time, each frame a dot, with the ends of its beats marked. */
export function volumeCurve({ curve, beats }: CineMeasurement, frameTimeMs: number): string {
  const { raw, smoothed, unit } = curve;
  const seconds = (frame: number): number => (frame * frameTimeMs) / 1000;
  const heights = [...raw.filter((volume) => volume !== null), ...smoothed];
  const frame = plotFrame(
    area,
    { name: 'Time (s)', from: 0, to: seconds(raw.length - 1) },
    {
      name: unit === 'mL' ? 'Left ventricle (mL)' : 'Left ventricle (of its greatest)',
      from: 0,
      to: 1.15 * Math.max(...heights, 0),
    },
  );
  const { colour } = lineLook(0);
  const dots = raw.map((volume, index) =>
    volume === null
      ? ''
      : `<circle cx="${px(frame.x(seconds(index)))}" cy="${px(frame.y(volume))}" r="2" fill="${colour}" fill-opacity=".45"/>`,
  );
  const line = smoothed.map(
    (volume, index) => `${index === 0 ? 'M' : 'L'}${px(frame.x(seconds(index)))} ${px(frame.y(volume))}`,
  );
  const marks = beats.flatMap(({ endDiastole, endSystole }) =>
    (
      [
        [endDiastole, 'ED', -8],
        [endSystole, 'ES', 18],
      ] as const
    ).map(([at, name, below]) => {
      const x = px(frame.x(seconds(at)));
      const y = frame.y(smoothed[at]!);
      return `<circle cx="${x}" cy="${px(y)}" r="4.5" fill="none" stroke="${lineLook(1).colour}" stroke-width="2"/><text class="halo" x="${x}" y="${px(y + below)}" text-anchor="middle">${name}</text>`;
    }),
  );
  const description = `${beats.length} beats in ${seconds(raw.length).toFixed(1)} s.`;
  const legend = chartLegend(
    [{ name: 'smoothed over time; dots are single frames' }],
    area.top + area.height + 58,
  );
  const body = `${frame.svg}${dots.join('')}<path class="curve" stroke="${colour}" d="${line.join('')}"/>${marks.join('')}${legend.svg}`;
  const words = { title: 'Volume of the left ventricle', description };
  return chartSvg(words, area.left + area.width + 20, area.top + area.height + 58 + legend.height, body);
}
