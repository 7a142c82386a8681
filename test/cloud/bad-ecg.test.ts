import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findingsOf } from '../../shared/catalog/ecg-findings.ts';
import type { Outcome } from '../../shared/catalog/overview.ts';
import { writeRecord } from '../../shared/ecg/formats/wfdb/write-record.ts';
import { generateEcg } from '../../shared/ecg/generator.ts';
import type { RecordingMark } from '../../shared/ecg/quality/recording-quality.ts';
import type { Lead, Recording } from '../../shared/ecg/recording.ts';
import type { Reason } from '../../shared/errors.ts';
import { Random } from '../../shared/random.ts';
import { pageKey } from '../../shared/reports/page-key.ts';
import { TestCloud } from './embedded.ts';
import { peChannels, peXmlOf } from './pe-xml.ts';

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await TestCloud.open();
});
afterAll(() => cloud.close());

const whole = generateEcg({ kind: 'left-bundle-branch-block', seed: 11, seconds: 10 }).recording;
const random = new Random(5);

const only = (...names: string[]): Recording => ({
  ...whole,
  leads: whole.leads.filter(({ name }) => names.includes(name)),
});
const changed = (change: (lead: Lead, index: number) => Partial<Lead>): Recording => ({
  ...whole,
  leads: whole.leads.map((lead, index) => ({ ...lead, ...change(lead, index) })),
});
const lead = (name: string): Lead => whole.leads.find((one) => one.name === name)!;
const samplesOf = (value: (index: number) => number) =>
  Float32Array.from({ length: 5000 }, (_, i) => value(i));

interface Case {
  readonly recording: Recording;
  /** What becomes of it: a reason, or scored. */
  readonly reason: Reason | null;
  /** A mark of its quality that must be there. */
  readonly mark?: RecordingMark;
  /** The header, changed. */
  readonly header?: (text: string) => string;
}

const eight = ['I', 'II', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
const cases: Readonly<Record<string, Case>> = {
  'twelve leads': { recording: whole, reason: null },
  'in another order': { recording: { ...whole, leads: [...whole.leads].reverse() }, reason: null },
  'with other names': {
    recording: changed(({ name }) => ({ name: `LEAD ${name.toLowerCase()}` })),
    reason: null,
  },
  'one lead': { recording: only('II'), reason: 'leads_missing' },
  'three leads': { recording: only('I', 'II', 'III'), reason: 'leads_missing' },
  'six leads': { recording: only('I', 'II', 'III', 'aVR', 'aVL', 'aVF'), reason: 'leads_missing' },
  'eight leads, from which the other four follow': { recording: only(...eight), reason: null },
  'fifteen leads': {
    recording: {
      ...whole,
      leads: [...whole.leads, ...['V7', 'V8', 'V9'].map((name) => ({ ...lead('V6'), name }))],
    },
    reason: null,
  },
  'without V3': {
    recording: { ...whole, leads: whole.leads.filter(({ name }) => name !== 'V3') },
    reason: 'leads_missing',
  },
  'a lead twice': { recording: { ...whole, leads: [...whole.leads, lead('V1')] }, reason: null },
  'a lead twice with different signals': {
    recording: { ...whole, leads: [...whole.leads, { ...lead('V2'), name: 'V1' }] },
    reason: 'header_value',
  },
  'a lead copied over another': {
    recording: changed(({ name }) => (name === 'V3' ? { samples: lead('V2').samples } : {})),
    reason: null,
    mark: 'doubled_leads',
  },
  'half a second': {
    recording: changed(({ samples }) => ({ samples: samples.subarray(0, 250) })),
    reason: 'recording_too_short',
  },
  'samples that are missing': {
    recording: changed(({ name, samples }) =>
      name === 'V4'
        ? { samples: samples.map((value, i) => (i > 1000 && i < 2000 ? Number.NaN : value)) }
        : {},
    ),
    reason: 'signal_value',
  },
  constants: {
    recording: changed((_, index) => ({ samples: samplesOf(() => index) })),
    reason: 'signal_value',
  },
  'a billion millivolts': { recording: changed(() => ({ gain: 1e-6 })), reason: 'signal_value' },
  'a gain a thousand times too small': { recording: changed(() => ({ gain: 1 })), reason: 'signal_value' },
  'a gain a thousand times too large': { recording: changed(() => ({ gain: 1e6 })), reason: 'signal_value' },
  // header(5): a gain of 0 is that of a recorder which was not calibrated, 200 units a millivolt.
  'a gain of 0': {
    recording: whole,
    header: (text) => text.replaceAll(/ 1000(\.0)?(\(0\))?\/mV/g, ' 0/mV'),
    reason: null,
  },
  'a gain of the wrong sign': {
    recording: changed(({ gain }) => ({ gain: -gain })),
    reason: null,
    mark: 'inverted',
  },
  'arms swapped': {
    recording: changed(({ name, samples }) => {
      const from = { I: -1, II: 0, III: 0 }[name];
      const taken = { II: 'III', III: 'II', aVR: 'aVL', aVL: 'aVR' }[name];
      if (from === -1) return { samples: samples.map((value) => 0 - value) };
      return taken === undefined ? {} : { samples: lead(taken).samples };
    }),
    reason: null,
    mark: 'right_arm_left_arm',
  },
  'more than half of its leads off': {
    recording: changed((_, index) => (index > 4 ? { samples: samplesOf(() => 0) } : {})),
    reason: 'not_readable',
    mark: 'leads_unusable',
  },
  'nothing but noise': {
    recording: changed(() => ({ samples: samplesOf(() => Math.round(1200 * random.normal())) })),
    reason: 'not_readable',
  },
};

const slug = (name: string) => name.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase();

describe('an electrocardiogram with', () => {
  const outcomes = new Map<string, Outcome>();

  beforeAll(async () => {
    const files = Object.entries(cases).flatMap(([name, { recording, header }]) => {
      const record = slug(name);
      const written = writeRecord(recording, { record, format: 16, container: 'dat' });
      return [...written].map(([file, bytes]): [string, Uint8Array | string] => {
        const isHeader = file.endsWith('.hea');
        const text = Buffer.from(bytes).toString();
        return [`odd/${file}`, isHeader && header !== undefined ? header(text) : bytes];
      });
    });
    await Promise.all(files.map(([key, body]) => cloud.put(key, body)));
    const count = Object.keys(cases).length;
    const ended = (all: readonly Outcome[]) =>
      all.filter(({ id, state }) => id !== null && ['scored', 'rejected', 'failed'].includes(state));
    for (const outcome of await cloud.until('odd/', (all) => ended(all).length >= count))
      outcomes.set(outcome.key.slice('odd/'.length, -'.hea'.length), outcome);
  });

  it.each(Object.entries(cases))('%s', async (name, { reason, mark }) => {
    const outcome = outcomes.get(slug(name))!;
    expect([outcome.state, outcome.reason]).toEqual(
      reason === null ? ['scored', null] : ['rejected', reason],
    );
    const findings = await findingsOf(cloud.target.database, outcome.id!);
    if (mark !== undefined) expect(findings!.quality.findings.map((finding) => finding.mark)).toContain(mark);
    if (reason === 'not_readable') expect(findings!.quality.verdict).toBe('not_readable');
    if (reason === null) {
      expect(findings!.measurements.values.heartRate).toBeGreaterThan(50);
      const page = await cloud.resultText(pageKey(outcome.id!));
      expect(page).toContain('Measurements');
    }
  });

  it('the same leads under other names, in another order, doubled or derived has the same scores', () => {
    const reference = outcomes.get('twelve-leads')!.scores;
    for (const same of [
      'in-another-order',
      'with-other-names',
      'fifteen-leads',
      'a-lead-twice',
      'eight-leads-from-which-the-other-four-follow',
    ])
      for (const [label, probability] of Object.entries(outcomes.get(same)!.scores))
        expect(probability).toBeCloseTo(reference[label]!, 2);
  });

  it('too few leads for the model is measured all the same', async () => {
    for (const name of ['one-lead', 'three-leads', 'six-leads', 'without-v3']) {
      const { measurements, quality } = (await findingsOf(cloud.target.database, outcomes.get(name)!.id!))!;
      expect(measurements.values.heartRate).toBeGreaterThan(50);
      expect(measurements.values.qtInterval).not.toBeNull();
      expect(quality.verdict).toBe('good');
    }
  });

  it('a called label says which leads and when', async () => {
    const { id, positive } = outcomes.get('twelve-leads')!;
    expect(positive.length).toBeGreaterThan(0);
    const [stored] = await cloud.query<{ label: string; leads: string; map: string; rows: number }>(
      `select label, leads::text as leads, map::text as map, logit - baseline_logit as moved
       from ecg.explanations where recording_id = :id::uuid`,
      { id },
    );
    expect(stored!.label).toBe(positive[0]);
    const shares = Object.values(JSON.parse(stored!.leads) as Record<string, number>);
    expect(shares).toHaveLength(12);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
    const map = JSON.parse(stored!.map) as Record<string, number[]>;
    expect(map.V1).toHaveLength(100);
    expect(await cloud.resultText(pageKey(id!))).toContain('integrated gradients');
  });

  it('its marks is one row a lead for whoever asks the database', async () => {
    const rows = await cloud.query<{ lead: string; marks: string }>(
      `select lead, marks::text as marks from ecg.lead_quality where recording_id = :id::uuid order by lead`,
      { id: outcomes.get('more-than-half-of-its-leads-off')!.id },
    );
    expect(rows).toHaveLength(12);
    expect(rows.find(({ lead }) => lead === 'V6')!.marks).toBe('["flat"]');
  });
});

describe("the pulmonary-embolism system's XML with", () => {
  const channels = peChannels(whole);
  const changedValues = (change: (value: number, i: number, channel: number) => number | string) =>
    channels.map(({ name, values }, channel) => ({
      name,
      values: values.map((value, i) => change(value, i, channel)),
    }));
  const named = (...names: string[]) => channels.filter(({ name }) => names.includes(name));
  const xmls: Readonly<Record<string, readonly [Parameters<typeof peXmlOf>[0], Reason | null]>> = {
    'twelve channels': [channels, null],
    'channels in another order': [[...channels].reverse(), null],
    'channels of other names': [
      channels.map(({ name, values }) => ({ name: `Lead ${name.toLowerCase()}`, values })),
      null,
    ],
    'one channel': [named('II'), 'leads_missing'],
    'three channels': [named('I', 'II', 'III'), 'leads_missing'],
    'six channels': [named('I', 'II', 'III', 'aVR', 'aVL', 'aVF'), 'leads_missing'],
    'eight channels': [named(...eight), null],
    'fifteen channels': [
      [...channels, ...['V7', 'V8', 'V9'].map((name) => ({ ...channels[11]!, name }))],
      null,
    ],
    'a channel twice': [[...channels, channels[6]!], null],
    'a channel twice with different signals': [
      [...channels, { ...channels[7]!, name: 'V1' }],
      'header_value',
    ],
    'no values': [channels.map(({ name }) => ({ name, values: [] })), 'signal_length'],
    'a minute': [
      channels.map(({ name, values }) => ({ name, values: Array.from({ length: 6 }, () => values).flat() })),
      'signal_length',
    ],
    'a value that is no number': [
      changedValues((value, i, channel) => (i === 100 && channel === 3 ? 'NaN' : value)),
      'signal_value',
    ],
    constants: [changedValues((_, __, channel) => channel), 'signal_value'],
    'values of 1e9': [changedValues(() => 1e9), 'signal_value'],
    'a gain a thousand times too large': [changedValues((value) => 1000 * value), 'signal_value'],
    'a gain a thousand times too small': [changedValues((value) => Math.round(value / 1000)), 'signal_value'],
  };

  it('has a named answer each', async () => {
    await Promise.all(
      Object.entries(xmls).map(([name, [written]]) => cloud.put(`xml/${slug(name)}.xml`, peXmlOf(written))),
    );
    const ended = (all: readonly Outcome[]) =>
      all.filter(({ state }) => ['scored', 'rejected', 'failed'].includes(state));
    const all = await cloud.until('xml/', (now) => ended(now).length >= Object.keys(xmls).length);
    const told = new Map(all.map(({ key, state, reason }) => [key, reason ?? state]));
    expect(Object.fromEntries(told)).toEqual(
      Object.fromEntries(
        Object.entries(xmls).map(([name, [, reason]]) => [`xml/${slug(name)}.xml`, reason ?? 'scored']),
      ),
    );
  });
});

describe('a recording of', () => {
  it('no samples is refused by its empty file', async () => {
    await cloud.put('none/none.dat', '');
    await cloud.put('none/none.hea', 'none 1 500 0\nnone.dat 16 1000/mV 16 0 0 0 0 II\n');
    const all = await cloud.until('none/', (now) => now.some(({ state }) => state === 'rejected'));
    expect(all.filter(({ state }) => state === 'rejected').map(({ reason }) => reason)).toContain('empty');
  });

  it('an hour is scored, measured by its first minute, and not explained', async () => {
    const minute = generateEcg({ kind: 'sinus-rhythm', seed: 3, seconds: 60, rate: 100 }).recording;
    const hour = {
      ...minute,
      leads: minute.leads.map((one) => {
        const samples = new Float32Array(60 * one.samples.length);
        for (let i = 0; i < 60; i++) samples.set(one.samples, i * one.samples.length);
        return { ...one, samples };
      }),
    };
    for (const [file, bytes] of writeRecord(hour, { record: 'hour', format: 16, container: 'dat' }))
      await cloud.put(`hour/${file}`, bytes);
    const [outcome] = await cloud.until('hour/', (now) => now.some(({ state }) => state === 'scored'));
    const findings = (await findingsOf(cloud.target.database, outcome!.id!))!;
    expect(findings.measurements.beats).toBeGreaterThan(55);
    expect(findings.measurements.beats).toBeLessThan(80);
    expect(findings.explanations).toEqual([]);
  });
});
