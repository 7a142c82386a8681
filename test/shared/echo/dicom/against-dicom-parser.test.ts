import { readdirSync, readFileSync } from 'node:fs';
import dicomParser from 'dicom-parser';
import { describe, expect, it } from 'vitest';
import { bytesInMemory } from '../../../../shared/echo/dicom/byte-source.ts';
import { readHeader } from '../../../../shared/echo/dicom/header.ts';
import { dataFolder, hasData } from '../../../reference.ts';
import { syntaxes, ultrasoundFile } from '../ultrasound.ts';

const compared = ['echo/dicom', 'odd/nema-wg04/J2KI', 'odd/nema-wg04/JLSN', 'odd/pydicom/charset_files'];

/** Every element of a file by both readers: tag, and the bytes of its value. */
async function bothWays(bytes: Buffer): Promise<{ ours: [string, string][]; theirs: [string, string][] }> {
  const { dataSet, meta } = await readHeader(bytesInMemory(bytes));
  const ours = [...meta.elements.values(), ...dataSet.elements.values()]
    .filter(({ vr, value }) => vr !== 'SQ' && value !== undefined)
    .map(({ tag, value }): [string, string] => [
      tag.toString(16).padStart(8, '0'),
      Buffer.from(value!).toString('hex'),
    ]);
  const parsed = dicomParser.parseDicom(bytes, { untilTag: 'x7fe00010' });
  const theirs = Object.values(parsed.elements)
    .filter(
      ({ tag, items, hadUndefinedLength }) =>
        tag !== 'x7fe00010' && items === undefined && hadUndefinedLength !== true,
    )
    .map(({ tag, dataOffset, length }): [string, string] => [
      tag.slice(1),
      Buffer.from(parsed.byteArray.subarray(dataOffset, dataOffset + length)).toString('hex'),
    ]);
  const sorted = (list: [string, string][]) => list.sort(([a], [b]) => (a < b ? -1 : 1));
  return { ours: sorted(ours), theirs: sorted(theirs) };
}

describe('readHeader finds what dicom-parser finds', () => {
  it.each([syntaxes.implicit, syntaxes.explicit])('in a file of %s', async (uid) => {
    const { ours, theirs } = await bothWays(Buffer.from(ultrasoundFile({}, uid)));
    expect(ours).toEqual(theirs);
  });

  it.skipIf(!hasData)('in real files (needs ../shared/data)', async () => {
    let files = 0;
    for (const part of compared)
      for (const name of readdirSync(`${dataFolder}${part}`)) {
        const { ours, theirs } = await bothWays(readFileSync(`${dataFolder}${part}/${name}`));
        expect(ours, name).toEqual(theirs);
        files++;
      }
    expect(files).toBeGreaterThan(20);
  });
});
