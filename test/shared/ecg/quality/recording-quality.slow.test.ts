import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ecgFindings } from '../../../../shared/ecg/findings.ts';
import type { Recording } from '../../../../shared/ecg/recording.ts';
import { dataFolder, hasData } from '../../../reference.ts';
import { readRecord } from '../read-record.ts';
import { swaps } from './swap-electrodes.ts';

const marksOf = (whole: Recording) => ecgFindings(whole)!.quality.findings.map(({ mark }) => mark as string);

describe('recordingQuality', () => {
  const folder = `${dataFolder}ecg/cinc`;
  it.skipIf(!hasData)('refuses no real clinical recording, and finds swaps that are made in them', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.hea'))
      .sort();
    const verdicts = { good: 0, doubtful: 0, not_readable: 0 };
    let tried = 0;
    const found: Record<string, number> = {};
    for (const [index, file] of files.entries()) {
      const real = readRecord(join(folder, file));
      const { quality, measurements } = ecgFindings(real)!;
      verdicts[quality.verdict]++;
      // The swaps of every fifth, where nothing is wrong and P waves are there.
      if (index % 5 !== 0 || quality.findings.length > 0 || measurements.values.prInterval === null) continue;
      tried++;
      for (const [swap, make] of Object.entries(swaps))
        if (marksOf(make(real)).includes(swap)) found[swap] = (found[swap] ?? 0) + 1;
    }
    expect(verdicts.not_readable).toBe(0);
    expect(verdicts.good).toBeGreaterThan(0.8 * files.length);
    expect(tried).toBeGreaterThan(20);
    expect(found.right_arm_left_arm!).toBeGreaterThan(0.75 * tried);
    expect(found.right_arm_left_leg!).toBeGreaterThan(0.75 * tried);
  });
});
