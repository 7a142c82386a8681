import { beforeEach, describe, expect, it } from 'vitest';
import { examine } from '../../../lambdas/ingest/examine.ts';
import type { Finding } from '../../../shared/catalog/objects.ts';
import { peXml } from '../../cloud/pe-xml.ts';
import { generatedRecord } from '../../cloud/records.ts';
import { changed, syntaxes, ultrasoundFile } from '../../shared/echo/ultrasound.ts';
import { smallExperiment } from '../../shared/learning/small-set.ts';
import { MemoryObjects } from '../../shared/storage/memory-objects.ts';
import { uploaded } from './found.ts';

let objects: MemoryObjects;
beforeEach(() => {
  objects = new MemoryObjects();
});

const look = (key: string, bytes: Uint8Array | string): Promise<Finding> =>
  examine(uploaded(key, bytes), objects.set(key, bytes));
const dat = generatedRecord('r', 1);
const mat = generatedRecord('m', 2);

describe('examine', () => {
  it.each<[string, string, Uint8Array | string, Partial<Finding>]>([
    ['a WFDB header', 'r.hea', dat.get('r.hea')!, { kind: 'wfdb-header', state: 'indexed' }],
    ['a header by another name', 'notes.txt', dat.get('r.hea')!, { kind: 'wfdb-header', state: 'indexed' }],
    ['a bare signal', 'r.dat', dat.get('r.dat')!, { kind: 'opaque', state: 'waiting' }],
    ['a MATLAB signal', 'm.mat', mat.get('m.mat')!, { kind: 'mat4', state: 'waiting' }],
    ['an XML recording', 'a.xml', peXml(), { kind: 'pe-xml', state: 'indexed' }],
    [
      'an XML recording with much before its rhythm',
      'a.xml',
      peXml()
        .toString('latin1')
        .replace('<ecg>', `<ecg><history>${'- '.repeat(20_000)}</history>`),
      { kind: 'pe-xml', state: 'indexed' },
    ],
    [
      'an XML recording that an editor saved as UTF-16',
      'a.xml',
      Buffer.from(`\uFEFF${peXml().toString('latin1')}`, 'utf16le'),
      { kind: 'pe-xml', state: 'indexed' },
    ],
    [
      'long XML of something else',
      'a.xml',
      `<letter>${'- '.repeat(20_000)}</letter>`,
      { kind: 'unknown', state: 'rejected', reason: 'unrecognised' },
    ],
    ['a DICOM file by another name', 'a.jpg', ultrasoundFile(), { kind: 'dicom', state: 'indexed' }],
    ['an experiment', 'a.txt', smallExperiment(), { kind: 'experiment', state: 'indexed' }],
    ['a label table', 'labels.csv', 'record,patient,A\nR1,P1,1\n', { kind: 'labels', state: 'indexed' }],
    [
      'a table of an Xcelera export',
      'a.txt',
      'ROW_ID;InstanceIDK;IndexInMgList;Frame\n1;2;3;4\n',
      { kind: 'xcelera', state: 'indexed' },
    ],
    [
      'a table of an Xcelera export that lacks a column',
      'a.csv',
      'instanceidk,indexinmglist,chordsequence\n1,2,3\n',
      {
        kind: 'xcelera',
        state: 'rejected',
        reason: 'labels_invalid',
        detail: 'Line 1: the Xcelera table a_modvolume has no column chordtype.',
      },
    ],
    [
      'a letter',
      'a.hea',
      'Dear colleague,\n',
      { kind: 'unknown', state: 'rejected', reason: 'unrecognised' },
    ],
    ['nothing', 'a.dat', '', { kind: 'unknown', state: 'rejected', reason: 'empty' }],
    ['a PDF', 'a.dat', '%PDF-1.7\n\0', { kind: 'foreign', state: 'rejected', reason: 'unsupported_format' }],
  ])('tells %s by its content', async (_, key, bytes, expected) => {
    expect(await look(key, bytes)).toMatchObject({ key, bucket: 'uploads', ...expected });
  });

  it("names a header's signals in its own folder, with the lengths that they must have", async () => {
    const { recording } = await look('site/2020/r.hea', dat.get('r.hea')!);
    const bytes = dat.get('r.dat')!.length;
    expect(recording).toMatchObject({
      modality: 'ecg',
      format: 'wfdb',
      facts: { rate: 500, samples: 5000 },
      signals: [{ key: 'site/2020/r.dat', minimumBytes: bytes, maximumBytes: bytes }],
    });
  });

  it('bounds a signal whose length its header does not tell', async () => {
    const { recording } = await look('r.hea', 'r 1 500\nr.dat 16 1000/mV 16 0 0 0 0 I\n');
    expect(recording!.signals).toEqual([{ key: 'r.dat', maximumBytes: 2 ** 28 }]);
  });

  it.each([
    ['header_value', 'one 1 500 5000\n../other/one.dat 16 1000/mV 16 0 0 0 0 I\n'],
    ['header_value', 'one 1 500 5000\n/etc/passwd 16 1000/mV 16 0 0 0 0 I\n'],
    ['leads_missing', 'one 1 500 5000\n~ 0 1000/mV 16 0 0 0 0 I\n'],
    [
      'header_value',
      `many 700 500 5000\n${Array.from({ length: 700 }, (_, i) => `${'f'.repeat(60)}${i}.dat 16`).join('\n')}\n`,
    ],
  ])('refuses a header with %s', async (reason, text) => {
    expect(await look('one.hea', text)).toMatchObject({ kind: 'wfdb-header', state: 'rejected', reason });
  });

  it('reads no more of a large DICOM file than its header', async () => {
    const pixels = new Uint8Array(4 << 20);
    const edge = { rows: 2048, columns: 1024 };
    const bytes = ultrasoundFile(
      changed(
        { tag: 0x00280010, vr: 'US', value: [edge.rows] },
        { tag: 0x00280011, vr: 'US', value: [edge.columns] },
        { tag: 0x7fe00010, vr: 'OB', value: pixels },
      ),
    );
    const { recording } = await look('large.dcm', bytes);
    expect(recording!.instance).toMatchObject({ ...edge, number_of_frames: 2 });
    const read = objects.reads.reduce((sum, [, start, end]) => sum + end - start, 0);
    expect(read).toBeLessThan(100 << 10);
  });

  it('indexes what it does not score, with the reason', async () => {
    const ct = ultrasoundFile(changed({ tag: 0x00080060, vr: 'CS', value: 'CT' }), syntaxes.implicit);
    const found = await look('ct.dcm', ct);
    expect(found).toMatchObject({ kind: 'dicom', state: 'indexed', recording: { reason: 'modality' } });
    expect(found.recording!.tags).toContainEqual(['0008', '0060', 'CT']);
  });

  it('names the wrong key of an experiment', async () => {
    const wrong = smallExperiment().replace('batch: 16', 'batch: 16\nbatches: 2');
    const found = await look('a.yml', wrong);
    expect(found).toMatchObject({ kind: 'experiment', state: 'rejected', reason: 'experiment_invalid' });
    expect(found.detail).toContain('batches');
    expect(found.experiment).toBeUndefined();
  });

  it('refuses what is too large for its kind, unread', async () => {
    const header = dat.get('r.hea')!;
    const large = Buffer.concat([header, Buffer.alloc(2 << 20, '# comment\n')]);
    expect(await look('large.hea', large)).toMatchObject({ state: 'rejected', reason: 'file_too_large' });
    expect(objects.reads.reduce((sum, [, start, end]) => sum + end - start, 0)).toBeLessThan(20 << 10);
  });

  it('says of an upload that is gone that it is gone', async () => {
    expect(await examine(uploaded('gone.dcm', 'x'), objects)).toMatchObject({
      kind: 'unknown',
      state: 'rejected',
      reason: 'object_absent',
    });
  });

  it('throws what is of S3', async () => {
    objects.range = async () => {
      throw new Error('SlowDown');
    };
    await expect(examine(uploaded('a', 'x'), objects)).rejects.toThrow('SlowDown');
  });
});
