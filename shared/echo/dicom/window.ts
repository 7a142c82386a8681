import { SystoleError } from '../../errors.ts';
import type { ByteSource } from './byte-source.ts';

/** Bytes of a source that are read ahead, so that walking many small pieces costs few ranged reads. */
export class Window {
  readonly source: ByteSource;
  readonly #ahead: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #base = 0;

  constructor(source: ByteSource, ahead: number) {
    this.source = source;
    this.#ahead = ahead;
  }

  /**
   * The bytes `[offset, offset + length)`, a view that lives as long as the caller keeps it.
   * @throws SystoleError `dicom_pixels` when the source ends before, or a read comes back short.
   */
  async at(offset: number, length: number): Promise<Uint8Array> {
    const start = offset - this.#base;
    if (start >= 0 && start + length <= this.#bytes.length)
      return this.#bytes.subarray(start, start + length);
    if (offset + length > this.source.size)
      throw new SystoleError('dicom_pixels', `The pixel data end before offset ${offset + length}.`);
    const wanted = Math.min(Math.max(length, this.#ahead), this.source.size - offset);
    this.#bytes = await this.source.read(offset, wanted);
    this.#base = offset;
    if (this.#bytes.length < length)
      throw new SystoleError('dicom_pixels', `A read at offset ${offset} came back short.`);
    return this.#bytes.subarray(0, length);
  }
}
