import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  canonicalDiagnosis,
  challengeClasses,
  challengeLabels,
  labelTitle,
  normalClass,
  scoredDiagnoses,
} from '../../../shared/ecg/labels.ts';
import { dataFolder, hasData, hasReference, readReferenceText } from '../../reference.ts';
import { readRecord } from './read-record.ts';

describe('labels', () => {
  it('has 27 scored diagnoses in 24 classes', () => {
    expect(scoredDiagnoses).toHaveLength(27);
    expect(challengeClasses).toHaveLength(24);
    expect(challengeClasses).toContain(normalClass);
  });

  it.each([
    ['59118001', '713427006'],
    ['63593006', '284470004'],
    ['17338001', '427172004'],
    ['426783006', '426783006'],
    ['67741000119109', '67741000119109'],
    ['Normal', '426783006'],
    ['AF', '164889003'],
    ['I-AVB', '270492004'],
    ['LBBB', '164909002'],
    ['RBBB', '713427006'],
    ['PAC', '284470004'],
    ['PVC', '164884008'],
    ['STD', '429622005'],
    ['STE', '164931005'],
  ])('%s counts as %s', (given, code) => {
    expect(canonicalDiagnosis(given)).toBe(code);
  });

  it('turns diagnoses into classes', () => {
    const labels = challengeLabels(['AF', '59118001', '164884008']);
    expect(challengeClasses.filter((_, c) => labels[c] === 1)).toEqual(['164889003', '713427006']);
    expect(challengeLabels([])).toEqual(new Uint8Array(24));
  });

  it('names what it can', () => {
    expect(labelTitle('164889003')).toBe('Atrial fibrillation');
    expect(labelTitle('CD')).toBe('Conduction disturbance');
    expect(labelTitle('67741000119109')).toBe('67741000119109');
  });
});

describe.skipIf(!hasReference)("the challenge's tables (need ../shared/reference)", () => {
  it('have these codes and abbreviations', () => {
    const rows = readReferenceText('challenge-metric/dx_mapping_scored.csv').trim().split(/\r?\n/).slice(1);
    const published = rows.map((row) => row.split(',').slice(1, 3).join(' ')).sort();
    expect(scoredDiagnoses.map(({ code, abbreviation }) => `${code} ${abbreviation}`).sort()).toEqual(
      published,
    );
  });
});

describe.skipIf(!hasData)('real headers (need ../shared/data)', () => {
  it('all give codes, in each dialect', () => {
    const folders = ['cpsc2018-A0001-A0150', 'torch_ecg', 'tuijalei-smoke'].map((f) =>
      join(dataFolder, 'ecg/cinc', f),
    );
    let scored = 0;
    for (const folder of folders.filter((f) => existsSync(f)))
      for (const file of readdirSync(folder).filter((f) => f.endsWith('.hea'))) {
        const { diagnoses } = readRecord(join(folder, file));
        for (const diagnosis of diagnoses) expect(canonicalDiagnosis(diagnosis)).toMatch(/^\d{6,18}$/);
        if (challengeLabels(diagnoses).includes(1)) scored++;
      }
    // The others have only codes that the challenge does not score: PVC and ST changes of the early headers, mostly.
    expect(scored).toBe(178);
  });
});
