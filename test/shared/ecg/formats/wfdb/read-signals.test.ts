import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHeader } from '../../../../../shared/ecg/formats/wfdb/header.ts';
import { readSignals } from '../../../../../shared/ecg/formats/wfdb/read-signals.ts';
import { type Reason, SystoleError } from '../../../../../shared/errors.ts';
import { dataFolder, hasData } from '../../../../reference.ts';
import { seeds } from '../../../../seeds.ts';
import { readRecord } from '../../read-record.ts';

const header = (text: string) => parseHeader(new TextEncoder().encode(text));
const little16 = (...values: number[]) => new Uint8Array(Int16Array.from(values).buffer);

describe('readSignals', () => {
  it('separates interleaved leads, at an odd place in memory too', () => {
    const padded = new Uint8Array(13);
    padded.set(little16(1, 10, 2, 20, 3, 30), 1);
    for (const content of [little16(1, 10, 2, 20, 3, 30), padded.subarray(1)]) {
      const { leads, rate } = readSignals(
        header('r 2 500 3\nr.dat 16 1000(5)/mV 16 0 1 6 0 I\nr.dat 16 200/uV 16 0 10 60 0 II\n'),
        new Map([['r.dat', content]]),
      );
      expect(rate).toBe(500);
      expect(leads).toEqual([
        { name: 'I', samples: Float32Array.of(1, 2, 3), gain: 1000, baseline: 5, unit: 'mV', rate: 500 },
        { name: 'II', samples: Float32Array.of(10, 20, 30), gain: 200, baseline: 0, unit: 'uV', rate: 500 },
      ]);
    }
  });

  it('reads several samples a frame at a multiple of the rate', () => {
    const { leads } = readSignals(
      header('r 2 250 2\nr.dat 16x2 200\nr.dat 16 200\n'),
      new Map([['r.dat', little16(1, 2, 10, 3, 4, 20)]]),
    );
    expect(leads.map(({ samples, rate }) => [rate, ...samples])).toEqual([
      [500, 1, 2, 3, 4],
      [250, 10, 20],
    ]);
  });

  it('marks invalid samples, null signals and the end of a skewed signal', () => {
    const { leads } = readSignals(
      header('r 3 500 3\nr.dat 16 200\nr.dat 16:1 200\n~ 0 200\n'),
      new Map([['r.dat', little16(1, 4, -32768, 5, 3, 6)]]),
    );
    expect(leads.map(({ samples }) => [...samples])).toEqual([
      [1, Number.NaN, 3],
      [5, 6, Number.NaN],
      [Number.NaN, Number.NaN, Number.NaN],
    ]);
  });

  it('takes a checksum in signed or unsigned form', () => {
    const files = new Map([['r.dat', little16(-1, -2)]]);
    for (const checksum of [-3, 65_533])
      expect(readSignals(header(`r 1 500 2\nr.dat 16 200 16 0 -1 ${checksum}\n`), files).leads).toHaveLength(
        1,
      );
  });

  it('takes the length of the file where the header states none', () => {
    for (const frames of ['', ' 500', ' 500 0'])
      expect(
        readSignals(header(`r 1${frames}\nr.dat 212\n`), new Map([['r.dat', new Uint8Array(9)]])).leads[0]!
          .samples,
      ).toHaveLength(6);
  });

  it.each<[Reason, string, Record<string, Uint8Array>]>([
    ['half_absent', 'r 1 500 3\nr.dat 16\n', {}],
    ['empty', 'r 1 500 3\nr.dat 16\n', { 'r.dat': new Uint8Array(0) }],
    ['signal_length', 'r 1 500 3\nr.dat 16\n', { 'r.dat': new Uint8Array(5) }],
    ['signal_length', 'r 1 500 3\nr.dat 16\n', { 'r.dat': new Uint8Array(7) }],
    ['signal_length', 'r 1 500 3\nr.dat 16+24\n', { 'r.dat': new Uint8Array(6) }],
    ['signal_length', 'r 1 500\nr.dat 16+24\n', { 'r.dat': new Uint8Array(6) }],
    ['signal_length', 'r 1 500 60000000\nr.dat 16\n', { 'r.dat': new Uint8Array(6) }],
    ['signal_checksum', 'r 1 500 3\nr.dat 16 200 16 0 1 7\n', { 'r.dat': little16(1, 2, 3) }],
    ['signal_checksum', 'r 1 500 3\nr.dat 16 200 16 0 2 6\n', { 'r.dat': little16(1, 2, 3) }],
    ['recording_too_long', 'r 1 500 2147483648\nr.dat 16\n', { 'r.dat': little16(1, 2, 3) }],
  ])('refuses with %s %j', (reason, text, files) => {
    expect(() => readSignals(header(text), new Map(Object.entries(files)))).toThrow(
      expect.objectContaining({ reason }),
    );
  });

  it.each(seeds)('answers any bytes with leads or a named reason (seed %i)', (seed) => {
    const storage = fc.constantFrom(
      '8',
      '16',
      '16+24',
      '16x2',
      '24',
      '32',
      '61',
      '80',
      '160',
      '212',
      '310',
      '311',
      '212:2',
    );
    const property = fc.property(
      storage,
      fc.integer({ min: 1, max: 3 }),
      fc.option(fc.integer({ min: 0, max: 40 })),
      fc.uint8Array({ maxLength: 200 }),
      (field, count, frames, content) => {
        const text = [`r ${count} 500 ${frames ?? ''}`, ...Array(count).fill(`r.dat ${field} 200`)].join(
          '\n',
        );
        try {
          for (const { samples } of readSignals(header(text), new Map([['r.dat', content]])).leads)
            expect(samples.length).toBeLessThanOrEqual(2 * content.length);
        } catch (error) {
          if (!(error instanceof SystoleError)) throw error;
        }
      },
    );
    fc.assert(property, { seed, numRuns: 3000 });
  });
});

function headersUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.hea'))
    .map((path) => join(folder, path))
    .sort();
}

describe.skipIf(!hasData)('real records (needs ../shared/data)', () => {
  it('reads all 245 of the challenge with their checksums and initial values', () => {
    const headers = headersUnder(join(dataFolder, 'ecg/cinc'));
    expect(headers).toHaveLength(245);
    for (const path of headers) {
      const parsed = parseHeader(readFileSync(path));
      expect(
        parsed.signals.every(
          ({ checksum, initialValue }) => checksum !== undefined && initialValue !== undefined,
        ),
      ).toBe(true);
      const recording = readRecord(path);
      expect(recording.leads).toHaveLength(12);
      expect(recording.diagnoses.length).toBeGreaterThan(0);
    }
  });

  it('reads all of the PTB-XL superclass set', () => {
    const headers = headersUnder(join(dataFolder, 'ecg/ptbxl-superclass'));
    expect(headers).toHaveLength(1055);
    for (const path of headers)
      expect(readRecord(path).leads.map((lead) => lead.samples.length)).toEqual(Array(12).fill(1000));
  });

  it('has a named answer to every odd record', () => {
    const answers = new Map<string, string>();
    for (const path of headersUnder(join(dataFolder, 'odd'))) {
      let answer: string;
      try {
        answer = readRecord(path)
          .leads.map(({ name, samples }) => `${name}:${samples.length}`)
          .join(' ');
      } catch (error) {
        if (!(error instanceof SystoleError)) throw error;
        answer = error.reason;
      }
      answers.set(path.slice(join(dataFolder, 'odd').length + 1), answer);
    }
    const expected: Record<string, string> = {
      'ecg-kit-recordings/800.hea': 'half_absent',
      'ecg-kit-wfdb-database/100s.hea': 'MLII:21600 V5:21600',
      'ecg-kit-wfdb-database/8l.hea': 'half_absent',
      'wfdb-no-labels/JS20005.hea': 'half_absent',
      'wfdb-python/1003.hea': 'half_absent',
      'wfdb-python/100_3chan.hea': 'I:999 II:999 III:999',
      'wfdb-python/100skew.hea': 'half_absent',
      'wfdb-python/12726.hea': 'half_absent',
      'wfdb-python/3000003_0003.hea': 'half_absent',
      'wfdb-python/310derive_2.hea': 'col 1:1020',
      'wfdb-python/310derive_3.hea': 'ch1:1018',
      'wfdb-python/311derive.hea': 'half_absent',
      'wfdb-python/311derive_2.hea': 'col 1:1020',
      'wfdb-python/a103l.hea': 'half_absent',
    };
    for (const [path, answer] of answers) {
      if (/ecg-kit-wfdb-database\/(?:pipe|tape)/.test(path)) expect(answer, path).toBe('unsupported_format');
      else if (path.startsWith('wfdb-header-without-signal')) expect(answer, path).toBe('half_absent');
      else if (path.endsWith('JS20000.hea')) expect(answer).toContain('aVR:5000');
      else expect(answer, path).toBe(expected[path]);
    }
    for (const path of Object.keys(expected))
      expect(existsSync(join(dataFolder, 'odd', dirname(path)))).toBe(true);
    expect(answers.size).toBe(46);
  });
});
