import { describe, expect, it } from 'vitest';
import { table } from '../../cli/table.ts';

describe('table', () => {
  it('aligns text to the left and numbers to the right, without trailing blanks', () => {
    const rows = [
      ['scored', '14'],
      ['ready', '1200'],
    ];
    expect(table(['recordings', 'count'], rows)).toBe(
      ['recordings  count', '----------  -----', 'scored         14', 'ready        1200', ''].join('\n'),
    );
  });

  it('is a head alone without rows', () => {
    expect(table(['a', 'b'], [])).toBe('a  b\n-  -\n');
  });
});
