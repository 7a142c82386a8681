import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportCsv } from '../../shared/echo/xcelera/synthetic-export.ts';
import { Program } from '../program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'systole-exports-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function check(rows: (string | number)[][]) {
  const path = join(folder, 'table.csv');
  await writeFile(path, exportCsv('a_measgraphic', rows));
  return Program.run('import', [path]);
}

describe('import, alone', () => {
  it('says what a table is and how many rows it has', async () => {
    expect(
      await check([
        [1, 2, 3],
        [1, 3, 4],
      ]),
    ).toEqual({ status: 0, out: 'table.csv: a_measgraphic, 2 rows\n', err: '' });
  });

  it('names the line and the column that cannot be read', async () => {
    const { status, out, err } = await check([[1, 2, 'Quijano']]);
    expect({ status, out }).toEqual({ status: 65, out: '' });
    expect(err).toContain('table.csv: Line 2: the column frame holds no whole number.');
    expect(err).not.toContain('Quijano');
  });
});
