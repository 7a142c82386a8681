import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, root } from '../../../../shared/deployment/bundle.ts';
import { dataFolder, hasData } from '../../../reference.ts';
import { changed, ultrasoundFile } from '../ultrasound.ts';

const frames = fileURLToPath(new URL('../../../../shared/echo/frames', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'systole-codecs-'));

const entry = `
import { readFileSync } from 'node:fs';
import { bytesInMemory } from '${frames}/../dicom/byte-source.ts';
import { readHeader } from '${frames}/../dicom/header.ts';
import { readInstance } from '${frames}/../dicom/instance.ts';
import { FrameReader } from '${frames}/frame-reader.ts';
for (const file of process.argv.slice(2)) {
  const header = await readHeader(bytesInMemory(readFileSync(file)));
  const reader = new FrameReader(header, readInstance(header), 'grey');
  for await (const frame of reader);
  console.log(reader.delivered);
}`;

describe.skipIf(!hasData)('the codecs in a bundle (needs ../shared/data)', () => {
  beforeAll(async () => {
    writeFileSync(join(folder, 'entry.ts'), entry);
    await bundle(
      { entry: relative(root, join(folder, 'entry.ts')), external: [] },
      join(folder, 'out', 'bundle.mjs'),
    );
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it('decode with their programs laid beside it and no packages near', () => {
    const files = {
      'echo/dicom/pydicom_examples_ybr_color_PLAX_30f_jpegbaseline_ybr422.dcm': 30,
      'echo/dicom/JPGLosslessP14SV1_1s_1f_8b.dcm': 1,
      'echo/dicom/dcm4che_jpeg-ls-Palette_PSLAX_10f.dcm': 10,
      'odd/pydicom-data/US1_J2KI.dcm': 1,
    };
    const jpegXl = readFileSync(new URL('fixtures/grey.jxl', import.meta.url));
    const elements = changed(
      { tag: 0x00280008, vr: 'IS', value: '1' },
      { tag: 0x00280010, vr: 'US', value: [24] },
      { tag: 0x00280011, vr: 'US', value: [32] },
      { tag: 0x7fe00010, vr: 'OB', value: { fragments: [jpegXl] } },
    );
    const own = join(folder, 'jpeg-xl.dcm');
    writeFileSync(own, ultrasoundFile(elements, '1.2.840.10008.1.2.4.110'));
    const output = execFileSync(
      process.execPath,
      [join(folder, 'out', 'bundle.mjs'), ...Object.keys(files).map((file) => `${dataFolder}${file}`), own],
      { cwd: folder, encoding: 'utf8' },
    );
    expect(output.trim().split('\n').map(Number)).toEqual([...Object.values(files), 1]);
  });
});
