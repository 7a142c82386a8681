import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mat4Header } from '../../../../../shared/ecg/formats/mat4.ts';
import { parseHeader } from '../../../../../shared/ecg/formats/wfdb/header.ts';
import { readSignals } from '../../../../../shared/ecg/formats/wfdb/read-signals.ts';
import { sampleFormats } from '../../../../../shared/ecg/formats/wfdb/sample-formats.ts';
import { type RecordForm, writeRecord } from '../../../../../shared/ecg/formats/wfdb/write-record.ts';
import type { Recording } from '../../../../../shared/ecg/recording.ts';

function roundTrip(recording: Recording, form: RecordForm): Recording {
  const files = writeRecord(recording, form);
  return readSignals(parseHeader(files.get(`${form.record}.hea`)!), files);
}

const forms = [...sampleFormats.values()].flatMap((format) => [
  { format, container: 'dat' as const },
  ...([16, 32, 61, 80].includes(format.code) ? [{ format, container: 'mat' as const }] : []),
]);

describe('writeRecord', () => {
  it.each(forms.map((form) => [form.format.code, form.container, form] as const))(
    'format %i in a .%s file comes back as it was',
    (code, container, { format }) => {
      // A float32 holds integers to 2^24; differences of format 8 must fit a byte.
      const limit = format.differences ? 63 : Math.min(format.maximum, 2 ** 24);
      const sample = fc.integer({ min: Math.max(-limit, format.minimum), max: limit });
      const value =
        format.invalid === undefined
          ? sample
          : fc.oneof({ weight: 20, arbitrary: sample }, { weight: 1, arbitrary: fc.constant(Number.NaN) });
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 4 }),
          fc.integer({ min: 1, max: 3 }),
          fc.array(value, { minLength: 12, maxLength: 200 }),
          (count, multiple, values) => {
            const frames = Math.floor(values.length / (count + multiple - 1));
            let next = 0;
            const recording: Recording = {
              format: 'wfdb',
              rate: 250,
              leads: Array.from({ length: count }, (_, lead) => {
                const perFrame = lead === 0 ? multiple : 1;
                return {
                  name: `V${lead + 1}`,
                  samples: Float32Array.from({ length: frames * perFrame }, () => values[next++]!),
                  gain: 1000 + lead,
                  baseline: lead,
                  unit: 'mV',
                  rate: 250 * perFrame,
                };
              }),
              age: 60,
              sex: 'female',
              diagnoses: ['426783006'],
            };
            expect(roundTrip(recording, { record: 'r', format: code, container })).toEqual(recording);
          },
        ),
        { seed: 212, numRuns: 60 },
      );
    },
  );

  const recording = (samples: number[]): Recording => ({
    format: 'wfdb',
    rate: 500,
    leads: [
      { name: 'I', samples: Float32Array.from(samples), gain: 1000, baseline: 0, unit: 'mV', rate: 500 },
    ],
    diagnoses: [],
  });

  it('writes the challenge form: a matrix behind 24 bytes', () => {
    const files = writeRecord(recording([1, -2, 3]), {
      record: 'A1',
      format: 16,
      container: 'mat',
      comments: ['Rx: Unknown'],
    });
    expect(mat4Header(files.get('A1.mat')!)).toMatchObject({
      type: 'int16',
      rows: 1,
      columns: 3,
      dataOffset: 24,
      byteLength: 30,
    });
    expect(new TextDecoder().decode(files.get('A1.hea'))).toBe(
      'A1 1 500 3\nA1.mat 16+24 1000(0)/mV 16 0 1 2 0 I\n#Rx: Unknown\n',
    );
  });

  it.each<[string, Recording, Partial<RecordForm>]>([
    ['a sample beyond the format', recording([0, 2048]), { format: 212 }],
    ['a step beyond format 8', recording([0, 200]), { format: 8 }],
    ['an invalid sample in format 8', recording([0, Number.NaN]), { format: 8 }],
    ['a format that is none', recording([0]), { format: 17 }],
    ['a matrix of packed samples', recording([0]), { format: 212, container: 'mat' }],
    ['a name that is a path', recording([0]), { record: '../r' }],
    [
      'leads of different length',
      { ...recording([0]), leads: [...recording([0]).leads, ...recording([1, 2]).leads] },
      {},
    ],
  ])('refuses %s', (_, wrong, form) => {
    expect(() => writeRecord(wrong, { record: 'r', format: 16, container: 'dat', ...form })).toThrow(
      RangeError,
    );
  });
});

describe('sample formats', () => {
  it.each([...sampleFormats.values()].map((format) => [format.code, format] as const))(
    'format %i states how many bytes it takes',
    (_, format) => {
      for (let samples = 0; samples < 20; samples++) {
        expect(format.encode(new Int32Array(samples))).toHaveLength(format.bytesOf(samples));
        expect(format.decode(new Uint8Array(format.bytesOf(samples)), samples)).toHaveLength(samples);
      }
    },
  );

  it.each([
    [212, [0xe3, 0x33, 0xf3], [995, 1011]],
    [310, [0x02, 0x08, 0x04, 0x10], [1, 2, 65]],
    [311, [0x01, 0x08, 0x30, 0x00], [1, 2, 3]],
    [24, [0xff, 0xff, 0xff, 0x00, 0x00, 0x80], [-1, -(2 ** 23)]],
    [61, [0xff, 0xfe, 0x01, 0x00], [-2, 256]],
    [80, [0, 128, 255], [-128, 0, 127]],
    [160, [0x00, 0x80, 0x00, 0x00], [0, -32768]],
  ])('format %i as signal(5) describes it', (code, bytes, values) => {
    expect([...sampleFormats.get(code)!.decode(Uint8Array.from(bytes), values.length)]).toEqual(values);
  });
});
