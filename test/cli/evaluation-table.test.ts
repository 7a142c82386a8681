import { expect, it } from 'vitest';
import { echoFigureTable } from '../../cli/evaluation-table.ts';

it('lists the figures of echocardiograms with their intervals', () => {
  const lines = echoFigureTable([
    { subject: 'disks', metric: 'bias', label: 'EDV', value: -2, low: -3.5, high: 0.25 },
    { subject: 'segmentation', metric: 'frames', label: 'lv', value: 6, low: null, high: null },
    {
      subject: 'disks',
      metric: 'median_absolute_deviation',
      label: 'EF',
      value: null,
      low: null,
      high: null,
    },
  ])
    .split('\n')
    .slice(1);
  expect(lines[1]).toMatch(/^disks +EDV +bias +-2\.000 \(-3\.500 to 0\.250\)$/);
  expect(lines[2]).toMatch(/^segmentation +lv +frames +6\.000$/);
  expect(lines[3]).toMatch(/^disks +EF +median absolute deviation +not defined$/);
});
