import { describe, expect, it } from 'vitest';
import { standardLeads } from '../../../shared/ecg/recording.ts';
import { inputVersion, readRecording } from '../../../shared/scoring/read-recording.ts';
import { peXml } from '../../cloud/pe-xml.ts';
import { generatedRecord } from '../../cloud/records.ts';
import { MemoryObjects } from '../storage/memory-objects.ts';

const source = (key: string, ...signals: string[]) => ({
  bucket: 'uploads',
  key,
  versionId: 'v1',
  signals: signals.length === 0 ? null : signals.map((name, i) => ({ key: name, versionId: `s${i}` })),
});

describe('readRecording', () => {
  it.each([
    ['dat', 1],
    ['mat', 2],
  ])('reads a WFDB record of .%s in whatever folder it lies', async (container, seed) => {
    const objects = new MemoryObjects();
    for (const [name, bytes] of generatedRecord('r', seed)) objects.set(`a/b c/${name}`, bytes);
    const recording = await readRecording(objects, source('a/b c/r.hea', `a/b c/r.${container}`));
    expect(recording.leads.map(({ name }) => name)).toEqual([...standardLeads]);
    expect(recording.leads[0]!.samples).toHaveLength(5000);
  });

  it('reads an XML recording', async () => {
    const recording = await readRecording(new MemoryObjects().set('a.xml', peXml()), source('a.xml'));
    expect(recording).toMatchObject({ format: 'pe-xml', rate: 500 });
  });

  it('tells that a part is gone', async () => {
    const objects = new MemoryObjects();
    for (const [name, bytes] of generatedRecord('r', 1)) if (name.endsWith('.hea')) objects.set(name, bytes);
    await expect(readRecording(objects, source('r.hea', 'r.dat'))).rejects.toThrow(
      expect.objectContaining({ reason: 'object_absent' }),
    );
  });
});

it('names the versions of all parts, the header first', () => {
  expect(inputVersion(source('r.hea', 'r.dat', 'r2.dat'))).toBe('v1+s0+s1');
  expect(inputVersion(source('a.xml'))).toBe('v1');
});
