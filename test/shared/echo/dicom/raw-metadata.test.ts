import { describe, expect, it } from 'vitest';
import { rawMetadata } from '../../../../shared/echo/dicom/raw-metadata.ts';
import { changed, hex, read, syntaxes, ultrasoundFile } from '../ultrasound.ts';

async function rows(bytes: Uint8Array) {
  return rawMetadata((await read(bytes)).header).map(({ tag1, tag2, value }) => `${tag1},${tag2}=${value}`);
}

describe('rawMetadata', () => {
  it('keeps what usal_echo keeps: short values, once each, -- for backslash', async () => {
    const found = await rows(
      ultrasoundFile(
        changed(
          { tag: 0x00080008, vr: 'CS', value: 'ORIGINAL\\PRIMARY\\\\0001' },
          { tag: 0x00080050, vr: 'SH', value: '' },
          { tag: 0x00081030, vr: 'LO', value: 'x'.repeat(49) },
          { tag: 0x0008103e, vr: 'LO', value: 'y'.repeat(50) },
          { tag: 0x00181600, vr: 'OB', value: Uint8Array.of(1, 171) },
          {
            tag: 0x00186011,
            vr: 'SQ',
            value: {
              items: [
                [{ tag: 0x00186024, vr: 'US', value: [3] }],
                [
                  { tag: 0x00186024, vr: 'US', value: [3] },
                  { tag: 0x0018602c, vr: 'FD', value: [0.5] },
                ],
              ],
            },
          },
        ),
      ),
    );
    expect(found).toContain('0008,0008=ORIGINAL--PRIMARY----0001');
    expect(found).toContain(`0008,1030=${'x'.repeat(49)}`);
    expect(found).toContain('0018,1600=01--ab');
    expect(found.filter((row) => row === '0018,6024=3')).toHaveLength(1);
    expect(found).toContain('0018,602c=0.5');
    expect(found).toContain('0002,0010=1.2.840.10008.1.2.1');
    for (const absent of ['0008,0050', '0008,103e', '0018,6011', '7fe0,0010'])
      expect(found.filter((row) => row.startsWith(absent))).toEqual([]);
  });

  it('is the same in every encoding', async () => {
    const encodings = [syntaxes.implicit, syntaxes.explicit, syntaxes.bigEndian, syntaxes.deflated];
    const found = await Promise.all(encodings.map((uid) => rows(ultrasoundFile({}, uid))));
    const dataSets = found.map((list) => list.filter((row) => !row.startsWith('0002')));
    for (const list of dataSets) expect(list).toEqual(dataSets[0]);
  });

  it('has no NUL, which PostgreSQL does not take', async () => {
    const value = hex('41 00 42 20');
    expect(await rows(ultrasoundFile(changed({ tag: 0x00081030, vr: 'LO', value })))).toContain(
      '0008,1030=AB',
    );
  });
});
