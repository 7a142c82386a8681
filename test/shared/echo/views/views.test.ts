import { describe, expect, it } from 'vitest';
import { meanView } from '../../../../shared/echo/views/mean-view.ts';
import { viewGroups, viewNames, viewOf, views } from '../../../../shared/echo/views/views.ts';

const grouped = (mapping: 'dev' | 'seg') =>
  Object.fromEntries(
    viewGroups.map((group) => [group, viewNames.filter((name) => views[name][mapping] === group)]),
  );

describe('the published views', () => {
  it('are 23 in the order of the net', () => {
    expect(viewNames.length).toBe(23);
    expect(viewNames.slice(0, 3)).toEqual(['plax_far', 'plax_plax', 'plax_laz']);
    expect(viewNames.indexOf('a4c')).toBe(14);
    expect(viewNames.at(-1)).toBe('psax_apex');
  });

  it('are grouped by both published mappings', () => {
    expect(grouped('dev')).toMatchObject({
      plax: ['plax_far', 'plax_plax', 'plax_laz', 'plax_lac'],
      a2c: ['a2c_lvocc_s', 'a2c_laocc', 'a2c'],
      a4c: ['a4c_lvocc_s', 'a4c_laocc', 'a4c'],
    });
    expect(grouped('seg')).toMatchObject({ plax: ['plax_plax'], a2c: ['a2c'], a4c: ['a4c'] });
  });

  it('take a class of another net for another view', () => {
    expect(viewOf('constructor')).toMatchObject({ dev: 'other', seg: 'other' });
  });
});

describe('the view of an instance', () => {
  it('has the largest mean of the rounded probabilities', () => {
    const probabilities = Float32Array.of(0.6004, 0.3996, 0.1006, 0.8994, 0.7, 0.3);
    expect(meanView(probabilities, ['a4c', 'a2c'])).toEqual({
      frames: [
        { a4c: 0.6, a2c: 0.4 },
        { a4c: 0.101, a2c: 0.899 },
        { a4c: 0.7, a2c: 0.3 },
      ],
      probabilities: { a4c: 0.467, a2c: 0.533 },
      view: 'a2c',
    });
  });
});
