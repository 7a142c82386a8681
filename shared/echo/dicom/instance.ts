import { type Reason, SystoleError } from '../../errors.ts';
import type { DataSet } from './data-set.ts';
import type { PixelData } from './element-reader.ts';
import type { Header } from './header.ts';
import { isInside, type Region, readRegions } from './region.ts';

/** What was put right or is doubtful about an instance that is used all the same. A closed set of stable names. */
export const marks = {
  encoding_guessed: 'The encoding was told from the bytes.',
  pixel_data_truncated: 'The file ends inside the pixel data; the whole frames are used.',
  frames_fewer: 'There are fewer frames than Number of Frames says; those that are there are used.',
  frames_more: 'There is more pixel data than Number of Frames says; the frames that it names are used.',
  frame_undecodable: 'A frame cannot be decoded and was left out.',
  palette_index: 'Pixels without an entry in the palette are shown as the nearest entry.',
  region_outside: 'An ultrasound region is not inside the picture.',
  uid_syntax: 'A unique identifier is not one.',
  date_syntax: 'A date or time is not one and was left out.',
} as const;

export type Mark = keyof typeof marks;

/** The clean subset of a header: a row of `echo.instances`. Absent values are null. */
export interface Instance {
  readonly sopClassUid: string | null;
  readonly sopInstanceUid: string | null;
  readonly studyInstanceUid: string | null;
  readonly seriesInstanceUid: string | null;
  readonly modality: string | null;
  readonly transferSyntaxUid: string;
  readonly manufacturerModelName: string | null;
  /** `YYYYMMDD`. */
  readonly instanceCreationDate: string | null;
  /** `YYYYMMDDHHMMSS.FFFFFF&ZZXX`, cut from the right where less is known. */
  readonly acquisitionDateTime: string | null;
  readonly rows: number | null;
  readonly columns: number | null;
  /** Frames as the header says; 1 for an image that does not. */
  readonly numberOfFrames: number | null;
  /** Whole frames that uncompressed pixel data hold; null for encapsulated ones, which tell only when walked. */
  readonly wholeFrames: number | null;
  /** Milliseconds a frame. */
  readonly frameTime: number | null;
  /** Median of Frame Time Vector, milliseconds. */
  readonly frameTimeVector: number | null;
  /** Frames a second. */
  readonly cineRate: number | null;
  /** Beats a minute. */
  readonly heartRate: number | null;
  readonly photometricInterpretation: string | null;
  readonly samplesPerPixel: number | null;
  readonly bitsAllocated: number | null;
  readonly bitsStored: number | null;
  readonly pixelRepresentation: number | null;
  readonly planarConfiguration: number | null;
  /** 1: some frames hold colour Doppler. */
  readonly ultrasoundColorDataPresent: number | null;
  readonly regions: readonly Region[];
  readonly marks: readonly Mark[];
  /** Why this instance is indexed and not scored; null when it can be scored. */
  readonly refusal: { readonly reason: Reason; readonly detail: string } | null;
}

/** Ultrasound Image and Multi-frame Image Storage with their retired forms (PS3.4 B.5). */
const ultrasound = new Set(['6.1', '3.1', '6', '3'].map((suffix) => `1.2.840.10008.5.1.4.1.1.${suffix}`));
/** Secondary Capture forms, in which archives keep ultrasound pictures. */
const secondaryCapture = new Set(
  ['7', '7.1', '7.2', '7.3', '7.4'].map((suffix) => `1.2.840.10008.5.1.4.1.1.${suffix}`),
);

/** Pixels along an edge. The largest ultrasound screens have 2560; 65535 is what an overflow leaves. */
const longestEdge = 8192;
const mostFrames = 100_000;
const photometricSamples: Record<string, number> = {
  MONOCHROME1: 1,
  MONOCHROME2: 1,
  'PALETTE COLOR': 1,
  RGB: 3,
  YBR_FULL: 3,
  YBR_FULL_422: 3,
  YBR_PARTIAL_420: 3,
  YBR_PARTIAL_422: 3,
  YBR_ICT: 3,
  YBR_RCT: 3,
};

/**
 * The typed subset of a header. Objects that are no ultrasound images (other modalities, directories, reports) and
 * images whose pixels cannot be decoded come back with a `refusal`: they are indexed and not scored.
 * @throws SystoleError `header_value` when an ultrasound image has a value that is out of range, is no number or
 * contradicts another; `dicom_pixels` when its uncompressed pixel data hold not one whole frame.
 */
export function readInstance(header: Header): Instance {
  const { dataSet, transferSyntax, meta } = header;
  const found = new Set<Mark>();
  if (header.encodingGuessed) found.add('encoding_guessed');
  const sopClassUid = uid(dataSet, 0x00080016, found) ?? uid(meta, 0x00020002, found);
  const modality = dataSet.string(0x00080060) ?? null;
  const identity = {
    sopClassUid,
    sopInstanceUid: uid(dataSet, 0x00080018, found) ?? uid(meta, 0x00020003, found),
    studyInstanceUid: uid(dataSet, 0x0020000d, found),
    seriesInstanceUid: uid(dataSet, 0x0020000e, found),
    modality,
    transferSyntaxUid: transferSyntax.uid,
    manufacturerModelName: dataSet.string(0x00081090) ?? null,
    instanceCreationDate: date(dataSet, found),
    acquisitionDateTime: dateTime(dataSet, found),
  };
  const isUltrasound =
    ultrasound.has(sopClassUid ?? '') ||
    (modality === 'US' && (sopClassUid === null || secondaryCapture.has(sopClassUid)));
  if (!isUltrasound || (modality !== null && modality !== 'US'))
    return { ...identity, ...noImage, marks: [...found], refusal: { reason: 'modality', detail: '' } };
  if (header.pixelData === undefined) {
    const refusal = { reason: 'dicom_pixels', detail: 'There are no pixel data.' } as const;
    return { ...identity, ...noImage, marks: [...found], refusal };
  }
  const image = readImage(dataSet, header.pixelData, found);
  const refusal =
    transferSyntax.pixels === undefined
      ? ({ reason: 'transfer_syntax', detail: isUid(transferSyntax.uid) ? transferSyntax.uid : '' } as const)
      : null;
  return { ...identity, ...image, marks: [...found], refusal };
}

const noImage = {
  rows: null,
  columns: null,
  numberOfFrames: null,
  wholeFrames: null,
  frameTime: null,
  frameTimeVector: null,
  cineRate: null,
  heartRate: null,
  photometricInterpretation: null,
  samplesPerPixel: null,
  bitsAllocated: null,
  bitsStored: null,
  pixelRepresentation: null,
  planarConfiguration: null,
  ultrasoundColorDataPresent: null,
  regions: [],
} as const;

function readImage(dataSet: DataSet, pixelData: PixelData, found: Set<Mark>) {
  const rows = inRange(dataSet, 0x00280010, 'Rows', 1, longestEdge);
  const columns = inRange(dataSet, 0x00280011, 'Columns', 1, longestEdge);
  const numberOfFrames = inRange(dataSet, 0x00280008, 'Number of Frames', 1, mostFrames, 1);
  const samplesPerPixel = inRange(dataSet, 0x00280002, 'Samples per Pixel', 1, 3, 1);
  const bitsAllocated = inRange(dataSet, 0x00280100, 'Bits Allocated', 8, 16);
  const bitsStored = inRange(dataSet, 0x00280101, 'Bits Stored', 1, bitsAllocated, bitsAllocated);
  if (bitsAllocated !== 8 && bitsAllocated !== 16) wrong('Bits Allocated is neither 8 nor 16.');
  const photometricInterpretation = dataSet.string(0x00280004) ?? null;
  const samples = photometricSamples[photometricInterpretation ?? ''];
  if (samples === undefined) wrong('Photometric Interpretation is absent or unknown.');
  if (samples !== samplesPerPixel) wrong('Samples per Pixel contradicts Photometric Interpretation.');
  const regions = readRegions(dataSet);
  if (regions.some((region) => !isInside(region, rows, columns))) found.add('region_outside');
  const frameLength = nativeFrameLength(
    { rows, columns, numberOfFrames, samplesPerPixel, bitsAllocated, photometricInterpretation },
    pixelData.length,
  );
  return {
    rows,
    columns,
    numberOfFrames,
    wholeFrames: wholeFrames(pixelData, frameLength, numberOfFrames, found),
    frameTime: positive(dataSet.number(0x00181063)),
    frameTimeVector: medianFrameTime(dataSet),
    cineRate: positive(dataSet.number(0x00180040)),
    heartRate: positive(dataSet.number(0x00181088)),
    photometricInterpretation,
    samplesPerPixel,
    bitsAllocated,
    bitsStored,
    pixelRepresentation: inRange(dataSet, 0x00280103, 'Pixel Representation', 0, 1, 0),
    planarConfiguration: inRange(dataSet, 0x00280006, 'Planar Configuration', 0, 1, 0),
    ultrasoundColorDataPresent: dataSet.integer(0x00280014) ?? null,
    regions,
  };
}

/**
 * Bytes of one uncompressed frame. YBR_FULL_422 has two bytes a pixel (PS3.3 C.7.6.3.1.2); writers that decompress
 * without saying so leave three, which only the length of the pixel data shows.
 */
export function nativeFrameLength(
  image: Pick<
    Instance,
    'rows' | 'columns' | 'numberOfFrames' | 'samplesPerPixel' | 'bitsAllocated' | 'photometricInterpretation'
  >,
  pixelDataLength: number | undefined,
): number {
  const pixels = (image.rows ?? 0) * (image.columns ?? 0);
  const bytes = (image.bitsAllocated ?? 0) / 8;
  const full = pixels * (image.samplesPerPixel ?? 0) * bytes;
  const subsampled = image.photometricInterpretation === 'YBR_FULL_422';
  return subsampled && (pixelDataLength ?? 0) < full * (image.numberOfFrames ?? 1)
    ? pixels * 2 * bytes
    : full;
}

/** Holds uncompressed pixel data against the frames that the header names. */
function wholeFrames(
  pixelData: PixelData,
  frameLength: number,
  named: number,
  found: Set<Mark>,
): number | null {
  if (pixelData.length === undefined) return null;
  const present = Math.min(pixelData.length, pixelData.source.size - pixelData.offset);
  if (present < pixelData.length) found.add('pixel_data_truncated');
  const whole = Math.floor(present / frameLength);
  if (whole === 0)
    throw new SystoleError('dicom_pixels', `A frame has ${frameLength} bytes, the pixel data ${present}.`);
  if (whole < named) found.add('frames_fewer');
  if (whole > named) found.add('frames_more');
  return Math.min(whole, named);
}

function wrong(detail: string): never {
  throw new SystoleError('header_value', detail);
}

function inRange(
  dataSet: DataSet,
  tag: number,
  name: string,
  least: number,
  most: number,
  absent?: number,
): number {
  const value = dataSet.integer(tag) ?? absent;
  if (value === undefined) wrong(`${name} is absent.`);
  if (value < least || value > most) wrong(`${name} is ${value}, not ${least} to ${most}.`);
  return value;
}

/** Scanners write 0 for what they do not know. */
function positive(value: number | undefined): number | null {
  return value !== undefined && value > 0 ? value : null;
}

/** Of Frame Time Vector (0018,1065): the increments from frame to frame, of which the first is none (PS3.3 C.7.6.5). */
function medianFrameTime(dataSet: DataSet): number | null {
  const increments = dataSet
    .numbers(0x00181065)
    .slice(1)
    .sort((a, b) => a - b);
  return positive(increments[increments.length >> 1]);
}

/** What is none may be anything, a patient's name among it. */
const isUid = (value: string): boolean => /^[0-9.]{1,64}$/.test(value);

function uid(dataSet: DataSet, tag: number, found: Set<Mark>): string | null {
  const value = dataSet.string(tag);
  if (value === undefined) return null;
  if (!isUid(value)) found.add('uid_syntax');
  return value.slice(0, 64);
}

/** Instance Creation Date; ACR-NEMA's `YYYY.MM.DD` is taken too. */
function date(dataSet: DataSet, found: Set<Mark>): string | null {
  const value = dataSet.string(0x00080012)?.replaceAll('.', '');
  if (value === undefined) return null;
  if (/^\d{8}$/.test(value)) return value;
  found.add('date_syntax');
  return null;
}

function dateTime(dataSet: DataSet, found: Set<Mark>): string | null {
  const value = dataSet.string(0x0008002a);
  if (value === undefined) return null;
  if (/^\d{4}(\d\d){0,5}(\.\d{1,6})?([+-]\d{4})?$/.test(value)) return value;
  found.add('date_syntax');
  return null;
}
