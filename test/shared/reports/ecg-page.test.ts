import { describe, expect, it } from 'vitest';
import { ecgFindings } from '../../../shared/ecg/findings.ts';
import { generateEcg } from '../../../shared/ecg/generator.ts';
import type { Lead, Recording } from '../../../shared/ecg/recording.ts';
import { type EcgPage, ecgPage } from '../../../shared/reports/ecg-page.ts';

const { recording } = generateEcg({ kind: 'sinus-rhythm', seed: 1 });
const input: EcgPage = {
  recordingId: '0f3c6c1e',
  recording,
  scores: [
    { label: 'CD', title: 'Conduction disturbance', probability: 0.034, threshold: 0.4, positive: false },
    { label: 'NORM', title: 'Normal', probability: 0.93, threshold: 0.5, positive: true },
  ],
  model: { name: 'superclass', version: '3' },
  configurationHash: 'abcdef0123456789',
  explanation: 'model',
  warnings: [],
};
const changed = (change: (lead: Lead) => Partial<Lead>): Recording => ({
  ...recording,
  leads: recording.leads.map((lead) => ({ ...lead, ...change(lead) })),
});

describe('ecgPage', () => {
  it('shows twelve leads, a rhythm strip and a pulse before each of the four rows', () => {
    const html = ecgPage(input);
    const labels = [...html.matchAll(/<text x="[\d.]+" y="[\d.]+">([^<]+)<\/text>/g)].map(
      (match) => match[1],
    );
    expect(labels).toEqual(['I', 'aVR', 'V1', 'V4', 'II', 'aVL', 'V2', 'V5', 'III', 'aVF', 'V3', 'V6', 'II']);
    expect(html).toContain('25 mm/s  10 mm/mV');
    expect(html.match(/h150v-1000h500v1000h50/g)).toHaveLength(4);
  });

  it('asks for nothing from outside and runs nothing', () => {
    const html = ecgPage(input);
    expect(html).not.toMatch(
      /<script|<link[^>]+href="(?!data:)|<img|src=|https?:|@import|url\((?!#)|\son\w+=/,
    );
    expect(html).toContain("default-src 'none'");
  });

  it('names the model, its version, its preprocessing and what the page is not', () => {
    const html = ecgPage(input);
    for (const part of [
      'superclass',
      'version 3',
      'abcdef012345',
      'Not a medical device',
      'recording 0f3c6c1e',
    ])
      expect(html).toContain(part);
  });

  it('gives the scores in order of probability, with their verdict in words', () => {
    const text = ecgPage(input)
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ');
    expect(text).toContain('Normal NORM 93% above 50%');
    expect(text).toContain('Conduction disturbance CD 3.4% below 40%');
    expect(text.indexOf('Normal NORM')).toBeLessThan(text.indexOf('Conduction disturbance'));
    expect(ecgPage({ ...input, scores: [] })).toContain('gave no scores');
  });

  it('keeps what comes from outside as text', () => {
    const evil = '<b onclick="x">&';
    const html = ecgPage({
      ...input,
      recordingId: evil,
      model: { name: evil, version: evil },
      configurationHash: evil,
      warnings: [evil],
      scores: [{ label: evil, title: evil, probability: 1, threshold: 0, positive: true }],
    });
    expect(html).not.toContain('<b onclick');
  });

  it('says age and sex only when the recording does', () => {
    expect(ecgPage({ ...input, recording: { ...recording, age: 61, sex: 'female' } })).toMatch(
      /61 years.*female/s,
    );
    const { age: _, sex: __, ...nobody } = recording;
    expect(ecgPage({ ...input, recording: nobody })).not.toMatch(/years|male/);
  });

  it('prints the measurements, or why there are none', () => {
    const { recording: slow } = generateEcg({ kind: 'sinus-bradycardia', seed: 1, heartRate: 48 });
    const html = ecgPage({ ...input, recording: slow, findings: ecgFindings(slow) });
    expect(html).toMatch(/Heart rate<\/dt><dd><b>4[789]<\/b> \/min/);
    expect(html).toMatch(/PR interval<\/dt><dd><b>1\d\d<\/b> ms/);
    expect(html).toContain('ST + 60 ms, mV');
    const fibrillation = generateEcg({ kind: 'atrial-fibrillation', seed: 1 }).recording;
    expect(ecgPage({ ...input, recording: fibrillation, findings: ecgFindings(fibrillation) })).toContain(
      'PR interval</dt><dd><small>no P wave before the complexes</small>',
    );
    expect(ecgPage(input)).not.toContain('Measurements');
  });

  it('shades what moved the answer, and says what for', () => {
    const bins = Array.from({ length: 100 }, (_, bin) => (bin === 12 ? 99 : bin === 40 ? -60 : 0));
    const html = ecgPage({
      ...input,
      explanation: {
        title: 'Normal <ECG>',
        leads: { I: 0.6, II: 0.4 },
        binSeconds: 0.1,
        map: { I: bins, II: bins },
      },
    });
    // 1.2 s into lead I; 4 s is on the strip of another lead, and on the rhythm strip of II.
    expect(html).toMatch(/<path class="for shade-5" d="M39 0h2.5V/);
    expect(html.match(/class="against shade-3" d="M109 /g)).toHaveLength(1);
    expect(html).toContain('speaks for “Normal &lt;ECG&gt;”');
    expect(html).toContain('most comes from I 60%, II 40%');
  });

  it.each([
    ['nothing_called', 'Nothing is above its threshold'],
    ['model', 'not computed for this model'],
    ['length', 'not computed for a recording of this length'],
  ] as const)('says why it does not say what moved the answer: %s', (explanation, words) => {
    const html = ecgPage({ ...input, explanation });
    expect(html).toContain(words);
    expect(html).not.toContain('speaks for');
  });

  it('does not name the file, its comments or its diagnoses', () => {
    expect(ecgPage(input)).not.toContain('426783006');
  });

  it('warns of a missing unit and draws no millivolts then', () => {
    const html = ecgPage({ ...input, recording: changed(() => ({ unit: 'NU' })), warnings: ['Careful.'] });
    expect(html).toContain('no physical unit');
    expect(html).toContain('Careful.');
    expect(html).not.toContain('mm/mV');
  });

  it('draws large amplitudes smaller, says so, and cuts what still does not fit', () => {
    const large = ecgPage({ ...input, recording: changed(() => ({ gain: 400 })) });
    expect(large).toContain('drawn at 5 instead of 10 mm/mV');
    expect(large).not.toContain('Cut off');
    const huge = ecgPage({ ...input, recording: changed(() => ({ gain: 20 })) });
    expect(huge).toContain('Cut off');
    expect(Number(/viewBox="0 0 \d+ (\d+)"/.exec(huge)![1])).toBeLessThan(320);
  });

  it('does not draw eleven leads smaller for the sake of a loose electrode', () => {
    const loose = ecgPage({
      ...input,
      recording: changed(({ name }) => ({ gain: name === 'V6' ? 50 : 1000 })),
    });
    expect(loose).toContain('10 mm/mV');
    expect(loose).toContain('Cut off where it leaves its row: V6.');
  });

  it('names flat leads', () => {
    const flat = changed((lead) => (lead.name === 'V2' ? { samples: new Float32Array(5000) } : {}));
    const html = ecgPage({ ...input, recording: flat, findings: ecgFindings(flat) });
    expect(html).toContain('No signal: V2.');
    expect(html).toContain('>V2<tspan class="doubt"> !</tspan>');
  });

  it.each([3, 10, 30, 600])('shows at most ten of %i seconds, in less than 400 kB', (seconds) => {
    const rate = seconds === 600 ? 100 : 500;
    const long = generateEcg({ kind: 'atrial-fibrillation', seed: 2, seconds, rate }).recording;
    const html = ecgPage({ ...input, recording: long });
    expect(html.length).toBeLessThan(400_000);
    expect(html.includes('The first 10 s of')).toBe(seconds > 10);
    expect(/viewBox="0 0 (\d+)/.exec(html)![1]).toBe(String(9 + Math.min(seconds, 10) * 25 + 1));
  });

  it('survives missing samples', () => {
    const gap = changed(({ samples }) => ({
      samples: samples.map((v, i) => (i > 700 && i < 900 ? Number.NaN : v)),
    }));
    expect(ecgPage({ ...input, recording: gap })).not.toContain('NaN');
  });
});
