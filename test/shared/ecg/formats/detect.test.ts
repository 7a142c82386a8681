import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectEcgFormat, type EcgFormat } from '../../../../shared/ecg/formats/detect.ts';
import { mat4Bytes } from '../../../../shared/ecg/formats/mat4.ts';
import { dataFolder, hasData } from '../../../reference.ts';
import { seeds } from '../../../seeds.ts';

const text = (content: string) => new TextEncoder().encode(content);

describe('detectEcgFormat', () => {
  it.each<[EcgFormat, Uint8Array]>([
    [
      'wfdb-header',
      text('A0001 12 500 7500 05-Feb-2020 11:39:16\nA0001.mat 16+24 1000/mV 16 0 28 -1716 0 I\n'),
    ],
    ['wfdb-header', text('# made by hand\r\n\r\n8l 16\r\ndata0 8\r\ndata1 8\r\n')],
    ['wfdb-header', text('r/2 2 360 1000\nr_1 500\nr_2 500\n')],
    ['wfdb-header', text('r 1 250/24000(3) 825000 15:08:24 \nr.dat 16 64.02(4)/mmHg')],
    ['mat4', mat4Bytes({ type: 'int16', bigEndian: false, rows: 12, columns: 5000, name: 'val' })],
    ['unsupported', mat4Bytes({ type: 'int16', bigEndian: false, rows: 12, columns: 5000, name: 'ecg' })],
    ['unsupported', text(`MATLAB 5.0 MAT-file, Platform: GLNXA64${' '.repeat(80)}\u0001\u0000IM`)],
    ['pe-xml', text('<?xml version="1.0" encoding="ISO-8859-1"?>\n<ecg><rhythm><channel name="I">1 2')],
    ['unsupported', text('<?xml version="1.0"?><AnnotatedECG xmlns="urn:hl7-org:v3">')],
    ['unknown', text('<html><body>rhythm</body></html>')],
    ['labels-csv', text('record,split,NORM,MI\nPX00134,val,0,0\n')],
    ['labels-csv', text('one.xml;0\ntwo.xml;1\nthr')],
    ['unknown', text('one.xml;0\ntwo.xml;2\nthree.xml;1\n')],
    ['unknown', text('The patient was seen on 12 May.\nNothing else.\n')],
    ['unknown', text('{"record": 12}')],
    ['unknown', new Uint8Array(0)],
    ['unknown', new Uint8Array([1, 0, 2, 0, 3, 0])],
  ])('%s', (format, head) => {
    expect(detectEcgFormat(head)).toBe(format);
  });

  it.each(seeds)('answers any bytes (seed %i)', (seed) => {
    const property = fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      detectEcgFormat(bytes);
    });
    fc.assert(property, { seed, numRuns: 2000 });
  });
});

describe.skipIf(!hasData)('detection of real files (needs ../shared/data)', () => {
  const head = (path: string) => readFileSync(path).subarray(0, 4096);
  const files = (folder: string) =>
    readdirSync(join(dataFolder, folder), { recursive: true, encoding: 'utf8' })
      .map((path) => join(dataFolder, folder, path))
      .filter((path) => statSync(path).isFile());

  it('knows every header and matrix of the challenge', () => {
    for (const path of files('ecg/cinc')) {
      const expected = path.endsWith('.hea') ? 'wfdb-header' : path.endsWith('.mat') ? 'mat4' : 'labels-csv';
      expect(detectEcgFormat(head(path)), path).toBe(expected);
    }
  });

  it('takes no plain signal file for something else', () => {
    for (const path of files('ecg/ptbxl-superclass')) {
      const expected = path.endsWith('.hea')
        ? 'wfdb-header'
        : path.endsWith('.dat')
          ? 'unknown'
          : 'labels-csv';
      expect(detectEcgFormat(head(path)), path).toBe(expected);
    }
  });

  it('knows the formats of vendors, and that it does not read them', () => {
    const answers = new Map<string, number>();
    for (const path of files('ecg/vendor')) {
      const answer = detectEcgFormat(head(path));
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
    // The unknown ones: DICOM waveforms, which are the business of the other side, and Contec's markless files.
    expect(Object.fromEntries(answers)).toEqual({ unsupported: 23, unknown: 7 });
  });
});
