import { expect, it } from 'vitest';
import { echoTable } from '../../cli/echo-table.ts';
import type { EchoOutcome } from '../../shared/catalog/overview.ts';
import { doubts, unmeasurable } from '../../shared/echo/measurement/unmeasurable.ts';

const echo: EchoOutcome = {
  view: 'a4c',
  probability: 0.975,
  ef: 59.6,
  efSpread: 1.23,
  edv: 114.7,
  esv: 46.2,
  laVolume: null,
  recommendation: 'greyzone',
  reasons: [],
  defaults: ['beat_at_edge'],
  calculations: [
    { method: 'area-length', beat: null, quantity: 'FE(MDD-ps4)', value: 61.2, unit: '%' },
    { method: 'disks', beat: null, quantity: 'EF', value: 59.6, unit: '%' },
    { method: 'disks', beat: 0, quantity: 'EDV', value: 115, unit: 'mL' },
    { method: 'disks', beat: 0, quantity: 'EF', value: 58, unit: '%' },
    { method: 'disks', beat: 1, quantity: 'EF', value: 61, unit: '%' },
  ],
  study: {
    uid: '1.2.3',
    instances: 2,
    method: 'biplane',
    ef: 57,
    efSpread: null,
    edv: 120,
    esv: 51.6,
    laVolume: 60,
    recommendation: 'greyzone',
    reasons: ['foreshortened'],
    defaults: ['beat_at_edge'],
  },
};

it('shows an instance beside its study, its beats, the published method and what is doubtful', () => {
  expect(echoTable(echo)).toBe(`measurement               this instance  its study (biplane)
------------------------  -------------  -------------------
ejection fraction, %      60 ± 1.2       57
end-diastolic volume, mL  115            120
end-systolic volume, mL   46             52
left atrium, mL                          60
by the published limits   greyzone       greyzone

beat  EDV, mL  ESV, mL  EF, %  left atrium, mL
----  -------  -------  -----  ---------------
   1      115              58
   2                       61

published method  value
----------------  -----
FE(MDD-ps4), %       61

${doubts.beat_at_edge}

study: ${unmeasurable.foreshortened}
`);
});

it('says why there are no figures', () => {
  const missing = { ef: null, efSpread: null, edv: null, esv: null, recommendation: null, calculations: [] };
  const shown = echoTable({ ...echo, ...missing, study: null, reasons: ['wrong_view'], defaults: [] });
  expect(shown).toBe(`${unmeasurable.wrong_view}\n`);
});
