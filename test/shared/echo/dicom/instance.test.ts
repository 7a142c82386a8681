import { describe, expect, it } from 'vitest';
import type { WritableElement } from '../../../../shared/echo/dicom/write.ts';
import { changed, read, reasonOf, syntaxes, ultrasoundFile } from '../ultrasound.ts';

const cell = (tag: number, vr: string, value: string | number[]): WritableElement => ({ tag, vr, value });

describe('readInstance', () => {
  it('types the clean subset', async () => {
    const { instance } = await read(
      ultrasoundFile(
        changed(
          cell(0x00080012, 'DA', '20190124'),
          cell(0x0008002a, 'DT', '20190124114254'),
          cell(0x00081090, 'LO', 'EPIQ 7C'),
          cell(0x00180040, 'IS', '25'),
          cell(0x00181088, 'IS', '62'),
          cell(0x00280014, 'US', [0]),
          {
            tag: 0x00186011,
            vr: 'SQ',
            value: {
              items: [
                [
                  cell(0x00186012, 'US', [1]),
                  cell(0x00186014, 'US', [1]),
                  cell(0x00186018, 'UL', [0]),
                  cell(0x0018601a, 'UL', [0]),
                  cell(0x0018601c, 'UL', [2]),
                  cell(0x0018601e, 'UL', [1]),
                  cell(0x00186024, 'US', [3]),
                  cell(0x00186026, 'US', [3]),
                  cell(0x0018602c, 'FD', [0.0254]),
                  cell(0x0018602e, 'FD', [-0.0254]),
                ],
              ],
            },
          },
        ),
      ),
    );
    expect(instance).toEqual({
      sopClassUid: '1.2.840.10008.5.1.4.1.1.3.1',
      sopInstanceUid: '1.2.3.4',
      studyInstanceUid: '1.2.3',
      seriesInstanceUid: '1.2.3.1',
      modality: 'US',
      transferSyntaxUid: '1.2.840.10008.1.2.1',
      manufacturerModelName: 'EPIQ 7C',
      instanceCreationDate: '20190124',
      acquisitionDateTime: '20190124114254',
      rows: 2,
      columns: 3,
      numberOfFrames: 2,
      wholeFrames: 2,
      frameTime: 40,
      frameTimeVector: null,
      cineRate: 25,
      heartRate: 62,
      photometricInterpretation: 'MONOCHROME2',
      samplesPerPixel: 1,
      bitsAllocated: 8,
      bitsStored: 8,
      pixelRepresentation: 0,
      planarConfiguration: 0,
      ultrasoundColorDataPresent: 0,
      regions: [
        {
          spatialFormat: 1,
          dataType: 1,
          minX0: 0,
          minY0: 0,
          maxX1: 2,
          maxY1: 1,
          unitsX: 3,
          unitsY: 3,
          deltaX: 0.0254,
          deltaY: -0.0254,
        },
      ],
      marks: [],
      refusal: null,
    });
  });

  it.each([
    ['no rows', cell(0x00280010, 'US', [0])],
    ['65535 rows', cell(0x00280010, 'US', [65535])],
    ['no columns', cell(0x00280011, 'US', [0])],
    ['65535 columns', cell(0x00280011, 'US', [65535])],
    ['rows absent', cell(0x00280010, 'US', [])],
    ['no frames', cell(0x00280008, 'IS', '0')],
    ['minus one frame', cell(0x00280008, 'IS', '-1')],
    ['a frame count that is a word', cell(0x00280008, 'IS', 'many')],
    ['a frame count with a fraction', cell(0x00280008, 'IS', '2.5')],
    ['a frame time that is a word', cell(0x00181063, 'DS', 'fast')],
    ['a hundred million frames', cell(0x00280008, 'IS', '100000000')],
    ['12 bits allocated', cell(0x00280100, 'US', [12])],
    ['32 bits allocated', cell(0x00280100, 'US', [32])],
    ['more bits stored than allocated', cell(0x00280101, 'US', [16])],
    ['three samples of monochrome', cell(0x00280002, 'US', [3])],
    ['an unknown photometric interpretation', cell(0x00280004, 'CS', 'HSV')],
  ])('refuses %s as header_value', async (_, element) => {
    expect(await reasonOf(read(ultrasoundFile(changed(element))))).toBe('header_value');
  });

  it('names no value of an identifying field in its refusal', async () => {
    const bytes = ultrasoundFile(changed(cell(0x00280008, 'IS', 'Doe^Jane')));
    await expect(read(bytes)).rejects.not.toThrow(/Doe/);
  });

  it.each([
    [
      'a computed tomogram',
      changed(cell(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.2'), cell(0x00080060, 'CS', 'CT')),
      'modality',
    ],
    [
      'a structured report',
      changed(cell(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.88.33'), cell(0x00080060, 'CS', 'SR')),
      'modality',
    ],
    [
      'a directory',
      changed(cell(0x00080016, 'UI', '1.2.840.10008.1.3.10'), cell(0x00080060, 'CS', '')),
      'modality',
    ],
    ['an ultrasound volume', changed(cell(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.6.2')), 'modality'],
    ['ultrasound without pixels', { 2145386512: undefined }, 'dicom_pixels'],
  ])('indexes %s and does not score it', async (_, changes, reason) => {
    const { instance } = await read(ultrasoundFile(changes));
    expect(instance.refusal?.reason).toBe(reason);
  });

  it('indexes a transfer syntax that nobody decodes and does not score it', async () => {
    const { instance } = await read(ultrasoundFile({}, '1.2.840.10008.1.2.4.100'));
    expect(instance.refusal).toEqual({ reason: 'transfer_syntax', detail: '1.2.840.10008.1.2.4.100' });
  });

  it('does not look at the pixels of other modalities', async () => {
    const { instance } = await read(
      ultrasoundFile(changed(cell(0x00080060, 'CS', 'MR'), cell(0x00280010, 'US', [0]))),
    );
    expect(instance.refusal?.reason).toBe('modality');
    expect(instance.rows).toBeNull();
  });

  it('takes the whole frames of pixel data that are shorter than the frame count says', async () => {
    const { instance } = await read(ultrasoundFile(changed(cell(0x00280008, 'IS', '30'))));
    expect(instance).toMatchObject({ numberOfFrames: 30, wholeFrames: 2, marks: ['frames_fewer'] });
  });

  it('takes the named frames of pixel data that are longer', async () => {
    const { instance } = await read(ultrasoundFile(changed(cell(0x00280008, 'IS', '1'))));
    expect(instance).toMatchObject({ numberOfFrames: 1, wholeFrames: 1, marks: ['frames_more'] });
  });

  it('marks a file that ends inside its pixel data', async () => {
    const { instance } = await read(ultrasoundFile().subarray(0, -3));
    expect(instance.wholeFrames).toBe(1);
    expect(instance.marks).toEqual(['pixel_data_truncated', 'frames_fewer']);
  });

  it('refuses pixel data without one whole frame', async () => {
    expect(await reasonOf(read(ultrasoundFile().subarray(0, -8)))).toBe('dicom_pixels');
  });

  it('reads the median of a frame time vector, whose first entry is none', async () => {
    const vector = cell(0x00181065, 'DS', '0\\33.4\\33.2\\33.3\\980\\33.3');
    const { instance } = await read(ultrasoundFile(changed(vector)));
    expect(instance).toMatchObject({ frameTime: 40, frameTimeVector: 33.3, marks: [] });
    expect((await read(ultrasoundFile())).instance.frameTimeVector).toBeNull();
  });

  it('marks an identifier that is none', async () => {
    const { instance } = await read(ultrasoundFile(changed(cell(0x0020000d, 'UI', 'study 7'))));
    expect(instance.marks).toEqual(['uid_syntax']);
    expect(instance.refusal).toBeNull();
  });

  it('leaves out zeros that stand for unknown, and dates that are none', async () => {
    const { instance } = await read(
      ultrasoundFile(
        changed(
          cell(0x00181063, 'DS', '0'),
          cell(0x00181088, 'IS', '0 '),
          cell(0x00080012, 'DA', '1994.11.05'),
          cell(0x0008002a, 'DT', 'yesterday'),
        ),
        syntaxes.implicit,
      ),
    );
    expect(instance).toMatchObject({
      frameTime: null,
      heartRate: null,
      instanceCreationDate: '19941105',
      acquisitionDateTime: null,
      marks: ['date_syntax'],
    });
  });
});
