import { expect, it } from 'vitest';
import { showOutcomes } from '../../cli/outcome-table.ts';
import type { Outcome } from '../../shared/catalog/overview.ts';
import { spoken } from '../cloud/embedded.ts';

const detail = 'Missing: I, II, III, aVR, aVL, aVF, V1, V2, V3, V4, V5, V6.';
const outcome: Outcome = {
  id: '8f7e',
  key: 'upload/x.hea',
  versionId: '1',
  modality: 'ecg',
  state: 'rejected',
  reason: 'leads_missing',
  detail,
  model: null,
  scores: {},
  positive: [],
  echo: null,
};
async function* times(count: number) {
  for (let i = 0; i < count; i++) yield outcome;
}

it('shows the findings of one recording whole, and says where those of several are cut', async () => {
  const one = await spoken(() => showOutcomes(times(1), false, 'upload/'));
  expect(one.out).toContain(`x.hea      rejected  leads_missing ${detail}`);
  const several = await spoken(() => showOutcomes(times(2), false, 'upload/'));
  expect(several.out).not.toContain(detail);
  expect(several.out.match(/leads_missing Missing: I, II, .*…/g)).toHaveLength(2);
});

it('says how many more there are than fit a terminal, and leaves none out of JSON', async () => {
  expect((await spoken(() => showOutcomes(times(203), false))).out).toContain('... and 3 more');
  expect((await spoken(() => showOutcomes(times(203), true))).out.trim().split('\n')).toHaveLength(203);
});
