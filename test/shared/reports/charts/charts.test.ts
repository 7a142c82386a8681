import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { blandAltmanChart } from '../../../../shared/reports/charts/bland-altman-chart.ts';
import { lineLook } from '../../../../shared/reports/charts/chart-svg.ts';
import { confusionChart } from '../../../../shared/reports/charts/confusion-chart.ts';
import { curveChart } from '../../../../shared/reports/charts/curve-chart.ts';
import { plotFrame } from '../../../../shared/reports/charts/plot-frame.ts';
import { reliabilityChart } from '../../../../shared/reports/charts/reliability-chart.ts';

const words = { title: 'A <b> & "c"', description: 'What is seen & more' };
const hostile = '<script>x</script>';

const charts = {
  curve: curveChart({
    ...words,
    xName: '1 - specificity',
    yName: 'sensitivity',
    diagonal: true,
    curves: [
      {
        name: hostile,
        figure: '0.9',
        points: [
          [0, 0],
          [0, 1],
          [1, 1],
        ],
      },
      { name: 'none', points: [] },
    ],
  }),
  confusion: confusionChart({
    ...words,
    classes: ['NORM', hostile],
    counts: [
      [3, 1],
      [0, 0],
    ],
    rowName: 'True',
    columnName: 'Called',
  }),
  reliability: reliabilityChart({
    ...words,
    series: [
      { name: hostile, bins: [{ predicted: 0.2, observed: 0.1, count: 10, low: 0, high: 0.3 }] },
      { name: 'empty', bins: [] },
    ],
  }),
  blandAltman: blandAltmanChart({
    ...words,
    unit: hostile,
    points: [{ mean: 60, difference: -2 }],
    bias: -2,
    lower: Number.NaN,
    upper: Number.NaN,
  }),
};

describe.each(Object.entries(charts))('%s chart', (_, svg) => {
  it('is well-formed, says what it shows and lets nothing of a file through', () => {
    expect(XMLValidator.validate(svg)).toBe(true);
    const { svg: parsed } = new XMLParser({ processEntities: true }).parse(svg);
    expect(parsed.title).toBe(words.title);
    expect(parsed.desc).toBe(words.description);
    expect(svg).not.toContain('<script');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});

it('draws a ROC curve from corner to corner and drops points on a straight run', () => {
  const points = Array.from({ length: 1001 }, (_, i) => [i / 1000, 1] as const);
  const svg = curveChart({
    ...words,
    xName: 'x',
    yName: 'y',
    curves: [{ name: 'c', points: [[0, 0], ...points] }],
  });
  expect(svg).toContain('d="M58 334L58 34L358 34"');
});

it('shades a confusion by its row and leaves a row without recordings empty', () => {
  expect(charts.confusion).toContain('>75 %<');
  expect(charts.confusion).toContain('fill-opacity="0.61"');
  expect(charts.confusion.match(/>0<\/text>/g)).toBeNull();
  const shares = confusionChart({
    ...words,
    classes: ['a'],
    counts: [[5]],
    totals: [10],
    rowName: 'True',
    columnName: 'Called',
  });
  expect(shares).toContain('>50 %<');
});

it("keeps the names of a confusion's rows apart from the name of their axis", () => {
  const name = 'Conduction disturbance';
  const chart = confusionChart({
    ...words,
    classes: [name, 'b'],
    counts: [
      [1, 0],
      [0, 1],
    ],
    rowName: 'True',
    columnName: 'Called',
  });
  const end = Number(new RegExp(`<text x="([\\d.]+)"[^>]*text-anchor="end">${name}<`).exec(chart)![1]);
  // In the widest of the page's fonts (DejaVu Sans) a letter takes 7.2 on average; the axis' name ends at 20.
  expect(end - 7.2 * name.length).toBeGreaterThan(20);
});

it('tells 24 lines apart', () => {
  expect(new Set(Array.from({ length: 24 }, (_, n) => JSON.stringify(lineLook(n)))).size).toBe(24);
});

it('marks round values and widens an axis of no length', () => {
  const area = { left: 0, top: 0, width: 300, height: 300 };
  const { svg, x, y } = plotFrame(area, { name: 'x', from: 0.07, to: 0.61 }, { name: 'y', from: 5, to: 5 });
  expect(svg).toContain('>0.2<');
  expect(svg).toContain('>0.6<');
  expect([x(0.07), x(0.61)]).toEqual([0, 300]);
  expect(y(5)).toBeCloseTo(150);
});
