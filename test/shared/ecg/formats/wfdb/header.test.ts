import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maximumHeaderBytes, parseHeader } from '../../../../../shared/ecg/formats/wfdb/header.ts';
import { signalFiles } from '../../../../../shared/ecg/formats/wfdb/signal-files.ts';
import { SystoleError } from '../../../../../shared/errors.ts';
import { seeds } from '../../../../seeds.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => parseHeader(bytes(text));
const signal = (line: string) => parse(`r 1 500 10\n${line}\n`).signals[0]!;

describe('parseHeader', () => {
  it('reads a header of the 2020 challenge', () => {
    const header = parse(
      [
        'A0001 2 500 7500 05-Feb-2020 11:39:16',
        'A0001.mat 16+24 1000/mV 16 0 28 -1716 0 I',
        'A0001.mat 16+24 1000/mV 16 0 7 2029 0 II',
        '#Age: 74',
        '#Dx: RBBB',
        '',
      ].join('\n'),
    );
    expect(header).toEqual({
      record: 'A0001',
      rate: 500,
      frames: 7500,
      startTime: '11:39:16',
      startDate: '2020-02-05',
      comments: ['Age: 74', 'Dx: RBBB'],
      signals: [
        {
          file: 'A0001.mat',
          format: 16,
          samplesPerFrame: 1,
          skew: 0,
          byteOffset: 24,
          gain: 1000,
          calibrated: true,
          baseline: 0,
          unit: 'mV',
          adcResolution: 16,
          adcZero: 0,
          initialValue: 28,
          checksum: -1716,
          blockSize: 0,
          description: 'I',
        },
        expect.objectContaining({ initialValue: 7, checksum: 2029, description: 'II' }),
      ],
    });
  });

  it.each([
    ['1000/mV', 1000, 0, 'mV', true],
    ['1000(0)/mV', 1000, 0, 'mV', true],
    ['1000.0(-12)/uV', 1000, -12, 'uV', true],
    ['1.052e+04/NU', 10_520, 0, 'NU', true],
    ['200(1024)', 200, 1024, 'mV', true],
    ['-5.5/V', -5.5, 0, 'V', true],
    ['0', 200, 0, 'mV', false],
    ['0/mV', 200, 0, 'mV', false],
  ])('gain %s', (field, gain, baseline, unit, calibrated) => {
    expect(signal(`r.dat 16 ${field}`)).toMatchObject({ gain, baseline, unit, calibrated });
  });

  it('takes 200 units a millivolt where there is no gain, and the ADC zero as baseline', () => {
    expect(signal('r.dat 8')).toMatchObject({ gain: 200, calibrated: false, baseline: 0 });
    expect(signal('r.dat 212 200 11 1024 995 -22131 0 MLII')).toMatchObject({
      baseline: 1024,
      adcZero: 1024,
    });
  });

  it.each([
    ['16', { format: 16, samplesPerFrame: 1, skew: 0, byteOffset: 0 }],
    ['16x2', { format: 16, samplesPerFrame: 2, skew: 0, byteOffset: 0 }],
    ['16x1+24', { format: 16, samplesPerFrame: 1, skew: 0, byteOffset: 24 }],
    ['212:3', { format: 212, samplesPerFrame: 1, skew: 3, byteOffset: 0 }],
    ['212x4:3+512', { format: 212, samplesPerFrame: 4, skew: 3, byteOffset: 512 }],
  ])('storage %s', (field, expected) => {
    expect(signal(`r.dat ${field}`)).toMatchObject(expected);
  });

  it.each([
    ['r 0', { rate: 250, frames: undefined }],
    ['r 0 360', { rate: 360, frames: undefined }],
    ['r 0 360/24000(100) 650000', { rate: 360, frames: 650_000 }],
    ['r 0 250/24000 825000 15:08:24 ', { rate: 250, startTime: '15:08:24', startDate: undefined }],
    ['r 0 125 1028 19:46:25.757', { startTime: '19:46:25' }],
    ['r 0 500 0 1:02:03 25/12/1989', { frames: undefined, startTime: '01:02:03', startDate: '1989-12-25' }],
    ['E07500.mat 0 500 5000', { record: 'E07500' }],
  ])('record line %s', (line, expected) => {
    expect(parse(line)).toMatchObject(expected);
  });

  it('takes comments before the record line, CRLF, a byte-order mark and blanks in a lead name', () => {
    const header = parse(
      '\uFEFF# how it was made\r\n\r\nr 1 360 10\r\nr.dat 16 249(-55)/mV 12 0 -8 -8177 0 ECG lead II\r\n',
    );
    expect(header.comments).toEqual([' how it was made']);
    expect(header.signals[0]!.description).toBe('ECG lead II');
  });

  it.each([
    ['', 'empty'],
    ['\n\n# only comments\n', 'header_syntax'],
    ['r', 'header_syntax'],
    ['r x', 'header_syntax'],
    ['r 2 500\nr.dat 16\n', 'header_syntax'],
    ['r 1 500\nr.dat 16\nr.dat 16\n', 'header_syntax'],
    ['r 1 500\nr.dat\n', 'header_syntax'],
    ['r 1 500\nr.dat sixteen\n', 'header_syntax'],
    ['r 1 500\nr.dat 16 fast/mV\n', 'header_syntax'],
    ['r 1 500\nr.dat 16 1000(x)/mV\n', 'header_syntax'],
    ['r 1 500\nr.dat 16 1000/mV 12 0 zero\n', 'header_syntax'],
    ['r 1 NaN 10\nr.dat 16\n', 'header_syntax'],
    ['r 1 500 -5\nr.dat 16\n', 'header_syntax'],
    ['r 1 500 1e9\nr.dat 16\n', 'header_syntax'],
    ['r 1 0\nr.dat 16\n', 'header_value'],
    ['r 1 1e300\nr.dat 16\n', 'header_value'],
    ['r 1 500\nr.dat 17\n', 'header_value'],
    ['r 1 500\nr.dat 16x0\n', 'header_value'],
    ['r 1 500\nr.dat 16 1e999/mV\n', 'header_value'],
    ['r 1 500\n../r.dat 16\n', 'header_value'],
    ['r 1 500\n..\\r.dat 16\n', 'header_value'],
    ['r 1 500\n.. 16\n', 'header_value'],
    ['r 99999999 500\n', 'header_value'],
    ['r/3 2 500 100\na 50\nb 50\n', 'unsupported_format'],
    ['r 1 500\n- 16\n', 'unsupported_format'],
    ['r 1 500\n/dev/rmt0 16\n', 'unsupported_format'],
    ['r 1 500\nr.dat 516\n', 'unsupported_format'],
    ['r 1 500\u0000\nr.dat 16\n', 'header_syntax'],
  ])('refuses %j with %s', (text, reason) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ reason }));
  });

  it('refuses a header of a megabyte', () => {
    expect(() => parseHeader(new Uint8Array(maximumHeaderBytes + 1).fill(35))).toThrow(
      expect.objectContaining({ reason: 'file_too_large' }),
    );
  });

  it.each(seeds)('answers anything with a header or a named reason (seed %i)', (seed) => {
    const field = fc.oneof(
      fc.constantFrom(
        'r',
        'r.dat',
        '~',
        '-',
        '16',
        '212',
        '16x2',
        '16+24',
        '8:3',
        '0',
        '500',
        '1000/mV',
        '200(0)',
      ),
      fc.constantFrom(
        'NaN',
        '1e400',
        '-1',
        '2147483648',
        '99999999999999999999',
        '#Dx:',
        'I',
        'µ',
        '\u0000',
        '/',
        '..',
      ),
      fc.integer().map(String),
      fc.string({ maxLength: 12 }),
    );
    const text = fc
      .array(
        fc.array(field, { maxLength: 10 }).map((fields) => fields.join(' ')),
        { maxLength: 8 },
      )
      .map((lines) => lines.join('\n'));
    const property = fc.property(text, (header) => {
      try {
        signalFiles(parse(header));
      } catch (error) {
        if (!(error instanceof SystoleError)) throw error;
      }
    });
    fc.assert(property, { seed, numRuns: 2000 });
  });
});

describe('signalFiles', () => {
  it('says how long each signal file must be', () => {
    const files = signalFiles(
      parse(
        [
          'r 6 500 999',
          'a.mat 16x2+24 1000',
          'a.mat 16+24 1000',
          'b.dat 212 200',
          'c.dat 310 200',
          'd.dat 16 200 12 0 0 0 512',
          '~ 0 200',
        ].join('\n'),
      ),
    );
    expect(
      files.map(({ name, samplesPerFrame, minimumBytes, maximumBytes }) => [
        name,
        samplesPerFrame,
        minimumBytes,
        maximumBytes,
      ]),
    ).toEqual([
      ['a.mat', 3, 24 + 999 * 6, 24 + 999 * 6],
      ['b.dat', 1, 1499, 1500],
      ['c.dat', 1, 1332, 1332],
      ['d.dat', 1, 1998, 2048],
    ]);
  });

  it('does not know the length of a record that does not state its own', () => {
    const [file] = signalFiles(parse('r 1 500\nr.dat 16\n'));
    expect(file).toMatchObject({ minimumBytes: undefined, maximumBytes: undefined });
  });

  it.each([
    ['r 2 500 10\na.dat 16\na.dat 212\n', 'header_value'],
    ['r 2 500 10\na.dat 16\na.dat 16+24\n', 'header_value'],
    ['r 3 500 10\na.dat 16\nb.dat 16\na.dat 16\n', 'header_value'],
    ['r 1 500 2147483648\na.dat 16\n', 'recording_too_long'],
    ['r 1 500 999999999999999\n~ 0\n', 'recording_too_long'],
  ])('refuses %j with %s', (text, reason) => {
    const header = parse(text);
    expect(() => signalFiles(header)).toThrow(expect.objectContaining({ reason }));
  });
});
