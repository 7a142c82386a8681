import { SystoleError } from '../../errors.ts';
import type { Header } from '../dicom/header.ts';
import type { Instance, Mark } from '../dicom/instance.ts';
import { decoderFor } from './decoder.ts';
import { encodedFrames } from './encoded-frames.ts';
import { hasUnmapped, type Palette, readPalette } from './palette.ts';
import type { Decode, PictureFormat } from './picture.ts';
import { toGrey } from './to-grey.ts';
import { toRgb } from './to-rgb.ts';

export interface Frame {
  /** Counted from 0 as stored; a frame that cannot be decoded leaves a gap. */
  readonly index: number;
  readonly rows: number;
  readonly columns: number;
  /** Grey `[row, column]` or RGB `[row, column, 3]`, 8 bits; overwritten by the next frame. */
  readonly pixels: Uint8Array;
}

/**
 * Reads the frames of an ultrasound instance one after the other, holding one of them decoded.
 *
 * @example
 * const header = await readHeader(source);
 * const frames = new FrameReader(header, readInstance(header), 'grey');
 * for await (const { index, pixels } of frames) keep(index, resize(pixels, ...));
 * frames.marks; // what was missing or put right
 */
export class FrameReader implements AsyncIterable<Frame> {
  readonly #header: Header;
  readonly #instance: Instance;
  readonly #colour: 'grey' | 'rgb';
  readonly #wanted: (index: number) => boolean;
  readonly #found: Set<Mark>;
  #delivered = 0;

  /**
   * @param wanted asked for each stored frame in its order; those that are not wanted are not decoded
   * @throws SystoleError with the instance's reason, when it is refused.
   */
  constructor(
    header: Header,
    instance: Instance,
    colour: 'grey' | 'rgb',
    wanted: (index: number) => boolean = () => true,
  ) {
    if (instance.refusal !== null) throw new SystoleError(instance.refusal.reason, instance.refusal.detail);
    this.#header = header;
    this.#instance = instance;
    this.#colour = colour;
    this.#wanted = wanted;
    this.#found = new Set(instance.marks);
  }

  /** The instance's marks and those met while reading; complete after the last frame. */
  get marks(): readonly Mark[] {
    return [...this.#found];
  }

  /** Frames delivered so far. */
  get delivered(): number {
    return this.#delivered;
  }

  /**
   * @throws SystoleError `dicom_pixels` when not one wanted frame can be decoded, `transfer_syntax` when there is no decoder,
   * `header_value` when the palette is broken.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Frame> {
    const format = pictureFormat(this.#header, this.#instance);
    const decode = await decoderFor(this.#header.transferSyntax.pixels, format);
    const palette =
      format.photometricInterpretation === 'PALETTE COLOR'
        ? readPalette(this.#header.dataSet, format.bitsAllocated)
        : undefined;
    const { rows, columns } = format;
    const pixels = new Uint8Array(rows * columns * (this.#colour === 'grey' ? 1 : 3));
    let failure: unknown;
    let index = 0;
    for await (const stored of encodedFrames(this.#header, this.#instance, this.#found)) {
      if (!this.#wanted(index)) {
        index++;
        continue;
      }
      try {
        this.#convert(decode, stored, palette, pixels);
      } catch (error) {
        if (!(error instanceof SystoleError)) throw error;
        failure ??= error;
        this.#found.add('frame_undecodable');
        index++;
        continue;
      }
      this.#delivered++;
      yield { index: index++, rows, columns, pixels };
    }
    if (this.#delivered === 0)
      throw failure ?? new SystoleError('dicom_pixels', 'The pixel data hold not one whole frame.');
  }

  #convert(decode: Decode, stored: Uint8Array, palette: Palette | undefined, pixels: Uint8Array): void {
    const grey = this.#colour === 'grey';
    const picture = decode(stored, grey);
    (grey ? toGrey : toRgb)(picture, palette, pixels);
    if (palette !== undefined && hasUnmapped(palette, picture.samples, picture.rows * picture.columns))
      this.#found.add('palette_index');
  }
}

function pictureFormat(header: Header, instance: Instance): PictureFormat {
  return {
    rows: instance.rows!,
    columns: instance.columns!,
    samplesPerPixel: instance.samplesPerPixel === 3 ? 3 : 1,
    bitsAllocated: instance.bitsAllocated === 16 ? 16 : 8,
    bitsStored: instance.bitsStored!,
    signed: instance.pixelRepresentation === 1,
    planar: instance.planarConfiguration === 1,
    littleEndian: header.dataSet.littleEndian,
    photometricInterpretation: instance.photometricInterpretation!,
  };
}
