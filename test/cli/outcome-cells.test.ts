import { describe, expect, it } from 'vitest';
import { indexPage } from '../../cli/index-page.ts';
import { outcomeCells } from '../../cli/outcome-cells.ts';
import type { EchoOutcome, Outcome } from '../../shared/catalog/overview.ts';

const outcome: Outcome = {
  id: '8f7e',
  key: 'samples/x.hea',
  versionId: '1',
  modality: 'ecg',
  state: 'scored',
  reason: null,
  detail: null,
  model: 'm 1',
  scores: { A: 0.1, B: 0.9, C: 0.2, D: 0.3, E: 0.4, F: 0.05 },
  positive: ['B'],
  echo: null,
};

const echo: EchoOutcome = {
  view: 'a4c',
  probability: 0.975,
  ef: 59.6,
  efSpread: 1.2,
  edv: 114.7,
  esv: 46.2,
  laVolume: 55,
  recommendation: 'greyzone',
  reasons: [],
  defaults: [],
};

describe('outcomeCells', () => {
  it('tells the labels and the greatest probabilities of an electrocardiogram', () => {
    expect(outcomeCells(outcome)).toEqual({
      findings: 'B',
      figures: ['B 0.90', 'E 0.40', 'D 0.30', 'C 0.20', 'A 0.10'],
    });
    expect(outcomeCells({ ...outcome, positive: [] }).findings).toBe('none');
    expect(outcomeCells({ ...outcome, state: 'rejected', reason: 'empty' }).findings).toBe('empty');
    const waiting = { ...outcome, state: 'waiting', scores: {}, positive: [] };
    expect(outcomeCells(waiting).findings).toBe('for its signal files');
    expect(outcomeCells({ ...waiting, id: null }).findings).toBe('for a header that names it');
  });

  it('tells view, ejection fraction and volumes of an echo instance, or why they are missing', () => {
    expect(outcomeCells({ ...outcome, modality: 'echo', echo })).toEqual({
      findings: 'greyzone',
      figures: ['a4c 0.97', 'EF 60±1 %', 'EDV 115 mL', 'ESV 46 mL'],
    });
    const doubtful = { ...echo, reasons: ['no_spacing'], defaults: ['beat_at_edge', 'view_uncertain'] };
    expect(outcomeCells({ ...outcome, echo: doubtful }).findings).toBe('greyzone no_spacing view_uncertain');
    const missing = { ef: null, efSpread: null, edv: null, esv: null, recommendation: null };
    expect(outcomeCells({ ...outcome, echo: { ...echo, ...missing, reasons: ['not_a_cine'] } })).toEqual({
      findings: 'not_a_cine',
      figures: ['a4c 0.97'],
    });
  });
});

describe('indexPage', () => {
  it('leads to the page of each recording and says what was found', () => {
    const page = indexPage([
      { outcome, file: 'x.html' },
      { outcome: { ...outcome, modality: 'echo', echo }, file: 'echo-a4c.html' },
    ]);
    expect(page).toContain(
      '<a href="echo-a4c.html">echo-a4c</a></td><td>greyzone</td><td>a4c 0.97, EF 60±1 %',
    );
    expect(page).toContain('<a href="x.html">x</a></td><td>B</td>');
  });
});
