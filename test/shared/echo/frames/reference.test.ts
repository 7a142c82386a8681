import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bytesInMemory } from '../../../../shared/echo/dicom/byte-source.ts';
import type { DataSet } from '../../../../shared/echo/dicom/data-set.ts';
import type { Header } from '../../../../shared/echo/dicom/header.ts';
import { readHeader } from '../../../../shared/echo/dicom/header.ts';
import { readInstance } from '../../../../shared/echo/dicom/instance.ts';
import { FrameReader } from '../../../../shared/echo/frames/frame-reader.ts';
import { dataFolder, hasData, hasReference, readReference } from '../../../reference.ts';
import { read } from '../ultrasound.ts';

interface ReferenceFile {
  readonly file: string;
  readonly frames: number;
  readonly tags: Record<string, string>;
  readonly rgbMeanPerFrame?: readonly (readonly number[])[];
}

const known = hasReference && hasData;
const files = known ? readReference<{ files: ReferenceFile[] }>('echo/dicom-frames.json').files : [];

/** Mean red, green and blue of each frame. */
async function meansOf(header: Header): Promise<number[][]> {
  const means: number[][] = [];
  for await (const { pixels } of new FrameReader(header, readInstance(header), 'rgb')) {
    const sums = [0, 0, 0];
    for (let i = 0; i < pixels.length; i++) sums[i % 3]! += pixels[i]!;
    means.push(sums.map((sum) => (3 * sum) / pixels.length));
  }
  return means;
}

const near = (actual: number[] | undefined, expected: readonly number[], tolerance: number) =>
  expected.forEach((value, i) => {
    expect(Math.abs(actual![i]! - value)).toBeLessThanOrEqual(tolerance);
  });

describe.skipIf(!known)('frames as pydicom decodes them (needs ../shared)', () => {
  it.each(files.map((file): [string, ReferenceFile] => [file.file, file]))('%s', async (_, file) => {
    const { header, instance } = await read(readFileSync(`${dataFolder}echo/dicom/${file.file}`));
    const means = await meansOf(header);
    expect(means).toHaveLength(file.frames);
    file.rgbMeanPerFrame?.forEach((mean, frame) => {
      near(means[frame], mean, 0.01);
    });
    const { tags } = file;
    expect(instance.sopClassUid).toBe(tags.sop_class_uid);
    expect(instance.rows).toBe(Number(tags.rows));
    expect(instance.columns).toBe(Number(tags.columns));
    expect(instance.numberOfFrames).toBe(Number(tags.number_of_frames ?? 1));
    expect(instance.photometricInterpretation).toBe(tags.photometric_interpretation);
    expect(instance.manufacturerModelName).toBe(tags.manufacturers_model_name ?? null);
    expect(instance.frameTime).toBe(tags.frame_time === undefined ? null : Number(tags.frame_time));
    expect(instance.heartRate ?? 0).toBe(Number(tags.heart_rate ?? 0));
    const region = instance.regions[0];
    expect(region?.minX0?.toString()).toBe(tags.region_location_min_x0);
    expect(region?.deltaX ?? Number.NaN).toBe(Number(tags.physical_delta_x_direction));
    expect(region?.unitsY?.toString()).toBe(tags.physical_units_y_direction);
    expect(region?.spatialFormat?.toString()).toBe(tags.region_spatial_format);
  });

  it('the two copies of one cine, JPEG in fragments and uncompressed, agree', async () => {
    const [jpeg, plain] = await Promise.all(
      [
        'dicomparser_IM00001_8f_jpegbaseline_fragmented_nobot.dcm',
        'dicomparser_IM00001_8f_rgb_implicitLE.dcm',
      ].map(async (name) => meansOf((await read(readFileSync(`${dataFolder}echo/dicom/${name}`))).header)),
    );
    jpeg!.forEach((mean, frame) => {
      near(mean, plain![frame]!, 1.5);
    });
  });
});

/** Mean colours of first frames by pydicom 2.3.1, GDCM-free, palettes and YBR turned to RGB, 16 bits scaled to 8. */
const firstFrames: Record<string, readonly number[]> = {
  'orthanc-tests/Series/Lena-1.dcm': [180.22, 99.06, 105.43],
  'orthanc-tests/UnknownSopClassUid.dcm': [248.33, 248.26, 247.71],
  'fo-dicom/GH538-jpeg1.dcm': [10.61, 11.03, 12.93],
  'nema-wg04/J2KI/VL1_J2KI': [85.72, 59.67, 49.21],
  'nema-wg04/J2KI/VL6_J2KI': [141.7, 116.59, 182.63],
  'pydicom-data/OBXXXX1A_rle_2frame.dcm': [9.78, 12.22, 15.33],
  'pydicom-data/US1_J2KI.dcm': [40.45, 34.62, 29.01],
  'pydicom-data/SC_rgb_expb.dcm': [127.7, 127.7, 127.7],
  'pydicom-data/SC_rgb_16bit_2frame.dcm': [128.2, 128.2, 128.2],
  'pydicom-data/SC_rgb_expb_16bit_2frame.dcm': [128.2, 128.2, 128.2],
  'pydicom/test_files/SC_jpeg_no_color_transform.dcm': [243.98, 243.98, 243.96],
  'pydicom/test_files/SC_jpeg_no_color_transform_2.dcm': [245.5, 245.52, 245.9],
  'pydicom/test_files/SC_rgb_dcmtk_+eb+cr.dcm': [127.75, 127.72, 127.75],
  'pydicom/test_files/SC_rgb_dcmtk_+eb+cy+n1.dcm': [127.51, 127.72, 127.41],
  'pydicom/test_files/SC_rgb_dcmtk_+eb+cy+s2.dcm': [127.72, 127.65, 127.83],
  'pydicom/test_files/SC_rgb_jpeg_gdcm.dcm': [127.7, 127.7, 127.7],
  'pydicom/test_files/SC_rgb_rle.dcm': [127.7, 127.7, 127.7],
  'pydicom/test_files/SC_rgb_small_odd.dcm': [129, 128.67, 128.67],
  'pydicom/test_files/SC_rgb_small_odd_jpeg.dcm': [128.67, 129, 127.33],
  'pydicom/test_files/SC_ybr_full_422_uncompressed.dcm': [127.72, 127.65, 127.83],
  'pydicom/test_files/image_dfl.dcm': [127.12, 127.12, 127.12],
  'pydicom/charset_files/chrFren.dcm': [138.44, 138.44, 138.44],
  // Lossless copies of one object: JPEG 2000, JPEG-LS and uncompressed in both byte orders.
  'pydicom-data/emri_small.dcm': [8.55, 8.55, 8.55],
  'pydicom-data/emri_small_big_endian.dcm': [8.55, 8.55, 8.55],
  'pydicom-data/emri_small_jpeg_2k_lossless.dcm': [8.55, 8.55, 8.55],
  'pydicom-data/emri_small_jpeg_ls_lossless.dcm': [8.55, 8.55, 8.55],
  'pydicom/test_files/MR_small.dcm': [129.53, 129.53, 129.53],
  'pydicom/test_files/MR_small_RLE.dcm': [129.53, 129.53, 129.53],
  'pydicom/test_files/MR_small_jpeg_ls_lossless.dcm': [129.53, 129.53, 129.53],
  // One CT by JPEG lossless in fragments and JPEG-LS; the near-lossless copy is off by its tolerance.
  'dicomparser/encapsulated/multi-frame/CT0012.fragmented_no_bot_jpeg_lossless.57.dcm': [1.4, 1.4, 1.4],
  'dicomparser/encapsulated/multi-frame/CT0012.fragmented_no_bot_jpeg_ls.80.dcm': [1.4, 1.4, 1.4],
  'dicomparser/encapsulated/multi-frame/CT0012.not_fragmented_bot_jpeg_ls.80.dcm': [1.4, 1.4, 1.4],
};

/** The same of 12-bit JPEG, which pydicom does not decode, by dcmdjpeg of DCMTK 3.6.7. */
const twelveBits: Record<string, readonly number[]> = {
  'nema-wg04/JPLY/MR2_JPLY': [4.34, 4.34, 4.34],
  'nema-wg04/JPLY/RG3_JPLY': [172, 172, 172],
  'nema-wg04/JPLY/XA1_JPLY': [26.61, 26.61, 26.61],
  'pydicom/test_files/JPEG-lossy.dcm': [0.67, 0.67, 0.67],
};

/** The same object said to be ultrasound, so that its pixels are read. */
function asUltrasound(header: Header): Header {
  const elements = new Map(header.dataSet.elements);
  const set = (tag: number, vr: string, value: string) =>
    elements.set(tag, { tag, vr, value: Buffer.from(value), items: [] });
  set(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.3.1');
  set(0x00080060, 'CS', 'US');
  const { littleEndian, characterSet } = header.dataSet;
  const dataSet = new (header.dataSet.constructor as typeof DataSet)(elements, littleEndian, characterSet);
  return { ...header, dataSet };
}

describe.skipIf(!hasData)(
  'first frames of every coding as pydicom decodes them (needs ../shared/data)',
  () => {
    it.each(Object.entries({ ...firstFrames, ...twelveBits }))('%s', async (path, mean) => {
      const header = asUltrasound(await readHeader(bytesInMemory(readFileSync(`${dataFolder}odd/${path}`))));
      // Scaling to eight bits cuts the fraction off, up to half a grey level on the mean of noise, and up to one of 16 bits.
      near((await meansOf(header))[0], mean, 0.55);
    });
  },
);
