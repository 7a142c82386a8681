import { describe, expect, it } from 'vitest';
import { measureFrames } from '../../../shared/echo/measurement/measure-cine.ts';
import type { PublishedMeasurement } from '../../../shared/echo/measurement/published-measurement.ts';
import { unmeasurable } from '../../../shared/echo/measurement/unmeasurable.ts';
import { type EchoResults, echoSections } from '../../../shared/reports/echo-sections.ts';

const model = { name: 'm<1>', version: '0123456789ab', preprocessingHash: 'f'.repeat(64) };
const view: EchoResults['view'] = {
  view: 'a4c',
  probabilities: { plax_plax: 0.05, a4c: 0.9, a2c: 0.02, a5c: 0.01, other: 0.01, psax_mv: 0.01 },
  frames: [{}, {}],
  model,
};

const nothing: PublishedMeasurement = {
  lvedv: null,
  lvesv: null,
  ef: null,
  lavol: null,
  length: null,
  diastoleTime: null,
  recommendation: null,
  windows: 0,
  lvAreas: [],
  laAreas: [],
};

const geometry = {
  rows: 8,
  columns: 8,
  spacing: null,
  spacingAbsent: 'no_spacing',
  aspect: 1,
  aspectFrom: 'assumed',
  frameTimeMs: 40,
  frameTimeFrom: 'default',
  heartRate: null,
} as const;

const segmentation = {
  model,
  pictures: { overlay: Uint8Array.of(1), cine: Uint8Array.of(2) },
  stills: [0],
  confidence: 0.875,
  measured: measureFrames(
    Array.from({ length: 20 }, () => ({ lv: null, la: null, confidence: null })),
    geometry,
    'a4c',
  ),
  published: { figures: { ...nothing, ef: 47.4, lvedv: 120 }, doubts: ['heart_rate_default'] },
} as const;

const shown = (results: Partial<EchoResults>) =>
  echoSections({ view, segmentation: null, reason: null, frameTimeMs: 40, ...results });

describe('the results on an echo page', () => {
  it('are the most probable views, the first one first, with their names in words', () => {
    const [section] = shown({});
    expect(section!.heading).toBe('View');
    const names = [...section!.html.matchAll(/<small>([a-z0-9_]+)<\/small>/g)].map(([, name]) => name);
    expect(names).toEqual(['a4c', 'plax_plax', 'a2c', 'a5c', 'other']);
    expect(section!.html).toContain('Apical four-chamber');
    expect(section!.html).toContain('m&lt;1&gt;');
    expect(section!.html).not.toContain('m<1>');
  });

  it('say in words why nothing was measured', () => {
    const [measurement] = shown({ reason: 'not_a_cine' });
    expect(measurement).toMatchObject({ heading: 'Measurement' });
    expect(measurement!.html).toContain(unmeasurable.not_a_cine);
  });

  it('say why a segmented cine has no figures, what was assumed, and what the published method gives', () => {
    const [measurement, chambers] = shown({ segmentation });
    for (const text of ['not found in enough', 'takes 70 a minute', 'taken to be square', '47 %', '120 mL'])
      expect(measurement!.html).toContain(text);
    expect(measurement!.html).not.toContain('<svg');
    expect(chambers!.html).toContain('data:image/png;base64,Ag==');
    expect(chambers!.html).toContain('88%');
    expect(chambers!.html).toContain('first frame (0.00 s)');
  });
});
