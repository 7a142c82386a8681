import { SystoleError } from '../../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { DataSet, type Element, tagName } from './data-set.ts';
import { implicitRepresentation, knownRepresentations, longRepresentations } from './value-representation.ts';

/** Where the pixels of an instance are. */
export interface PixelData {
  /** The source that `offset` counts in: the file, or its inflated content. */
  readonly source: ByteSource;
  readonly tag: number;
  readonly vr: string;
  /** First byte of the value. */
  readonly offset: number;
  /** Length as written; undefined when encapsulated in items. */
  readonly length: number | undefined;
}

const KiB = 1024;
/** Bytes asked for at once after the first read. */
const chunk = 64 * KiB;
/** Bytes that may be read for one header; longer values than `keptValue` are skipped unread and do not count. */
const headerLimit = 8 * KiB * KiB;
/** Palette tables, the longest values needed, have 128 KiB. */
const keptValue = 256 * KiB;
const elementLimit = 65_536;
const depthLimit = 32;
/** A deflated file is read as a whole. */
const deflatedLimit = 64 * KiB * KiB;

const undefinedLength = 0xffffffff;
const item = 0xfffee000;
const itemEnd = 0xfffee00d;
const sequenceEnd = 0xfffee0dd;
/** Float, double float and plain pixel data (PS3.3 C.7.6.24, C.7.6.25, C.7.6.3). */
const pixelTags = new Set([0x7fe00008, 0x7fe00009, 0x7fe00010]);

/** Representations of pixel data, whose undefined length means fragments and not items. */
const fragmented = new Set(['OB', 'OW', 'OF', 'OD', 'OL', 'OV']);

export interface Encoding {
  readonly explicit: boolean;
  readonly littleEndian: boolean;
}

/** A position in a source with a window of bytes around it that is moved and widened as needed. */
export class ElementReader {
  readonly source: ByteSource;
  #position: number;
  #window: Uint8Array;
  #view: DataView;
  #base = 0;
  #read = 0;
  #elements = 0;

  /** `first` are bytes of the source from its start on that were read already. */
  constructor(source: ByteSource, position: number, first: Uint8Array = new Uint8Array(0)) {
    this.source = source;
    this.#position = position;
    this.#window = new Uint8Array(first);
    this.#view = new DataView(this.#window.buffer);
  }

  /** Makes `length` bytes at the position present in the window and gives their offset in it. */
  async #need(length: number): Promise<number> {
    const end = this.#position + length;
    if (end > this.source.size)
      throw new SystoleError('dicom_syntax', `The data end inside the element at offset ${this.#position}.`);
    if (this.#position < this.#base || end > this.#base + this.#window.length) {
      const wanted = Math.min(this.source.size - this.#position, Math.max(length, chunk));
      this.#read += wanted;
      if (this.#read > headerLimit + chunk)
        throw new SystoleError('header_value', `The header is longer than ${headerLimit} bytes.`);
      // A copy, so that the values kept do not keep the whole file.
      this.#window = new Uint8Array(await this.source.read(this.#position, wanted));
      if (this.#window.length < length)
        throw new SystoleError('dicom_syntax', `A read at offset ${this.#position} came back short.`);
      this.#view = new DataView(this.#window.buffer);
      this.#base = this.#position;
    }
    return this.#position - this.#base;
  }

  /** Everything from the position on. */
  async rest(): Promise<Uint8Array> {
    const length = this.source.size - this.#position;
    if (length > deflatedLimit) throw new SystoleError('file_too_large', `${length} deflated bytes.`);
    return this.source.read(this.#position, length);
  }

  /** The end, or fewer bytes than an element has: some writers pad a data set with zeros. */
  atEnd(): boolean {
    return this.source.size - this.#position < 8;
  }

  async peekGroup(encoding: Encoding): Promise<number | undefined> {
    if (this.atEnd()) return undefined;
    return this.#view16(await this.#need(2), encoding);
  }

  /**
   * The encoding in which the element at the position makes sense: the named one if its representation agrees, else
   * the explicit or implicit form that does. Some archives name explicit and write implicit, and the other way round.
   */
  async tellEncoding(named: Encoding): Promise<Encoding> {
    if (this.atEnd()) return named;
    const explicit = await this.#writesRepresentation();
    const at = await this.#need(8);
    // The groups of a data set's first element are small: the order in which the group is below 0x0100.
    const group = this.#view.getUint16(at, named.littleEndian);
    const swapped = this.#view.getUint16(at, !named.littleEndian);
    const littleEndian = group > 0xff && swapped <= 0xff ? !named.littleEndian : named.littleEndian;
    return { explicit: littleEndian ? explicit : true, littleEndian };
  }

  async #writesRepresentation(): Promise<boolean> {
    const at = await this.#need(8);
    return knownRepresentations.has(String.fromCharCode(this.#window[at + 4]!, this.#window[at + 5]!));
  }

  #view16(at: number, encoding: Encoding): number {
    return this.#view.getUint16(at, encoding.littleEndian);
  }

  async #tag(encoding: Encoding): Promise<number> {
    const at = await this.#need(8);
    return this.#view16(at, encoding) * 0x10000 + this.#view16(at + 2, encoding);
  }

  /**
   * Reads one element into `into`, its nested items included. `end` is where the data around it end.
   * @returns where the pixel data are, when the element is that of the outermost data set; the position stays before them.
   */
  async readElement(
    encoding: Encoding,
    end: number,
    depth: number,
    characterSet: readonly string[],
    into: Map<number, Element>,
  ): Promise<PixelData | undefined> {
    if (++this.#elements > elementLimit)
      throw new SystoleError('header_value', `The header has more than ${elementLimit} elements.`);
    const start = this.#position;
    const tag = await this.#tag(encoding);
    if (tag >= item) {
      // A delimiter without its sequence, seen in files from some converters, carries nothing.
      this.#position += 8;
      if (tag === item) throw new SystoleError('dicom_syntax', `An item stands alone at offset ${start}.`);
      return undefined;
    }
    const { vr, length } = await this.#representation(tag, encoding);
    const value = this.#position;
    if (depth === 0 && pixelTags.has(tag)) {
      const written = length === undefinedLength ? undefined : length;
      return { source: this.source, tag, vr, offset: value, length: written };
    }
    if (length !== undefinedLength && value + length > end)
      throw new SystoleError(
        'dicom_syntax',
        `${tagName(tag)} at offset ${start} is longer than what holds it.`,
      );
    if (length === undefinedLength && fragmented.has(vr)) {
      await this.#skipFragments(encoding, end);
      into.set(tag, { tag, vr, value: undefined, items: [] });
      return undefined;
    }
    if (await this.#isSequence(vr, length, encoding)) {
      // PS3.5 6.2.2: a sequence written as UN is implicit little endian inside.
      const inside = vr === 'UN' && encoding.explicit ? { explicit: false, littleEndian: true } : encoding;
      const terms = new DataSet(into, encoding.littleEndian, characterSet).characterSet;
      const items = await this.#readItems(inside, length, end, depth, terms);
      into.set(tag, { tag, vr: 'SQ', value: undefined, items });
      return undefined;
    }
    if (length === undefinedLength)
      throw new SystoleError('dicom_syntax', `${tagName(tag)} at offset ${start} has no length.`);
    if (length > keptValue) {
      this.#position += length;
      into.set(tag, { tag, vr, value: undefined, items: [] });
      return undefined;
    }
    const at = await this.#need(length);
    into.set(tag, { tag, vr, value: this.#window.subarray(at, at + length), items: [] });
    this.#position += length;
    return undefined;
  }

  /** Reads representation and length; the position moves to the value. */
  async #representation(tag: number, encoding: Encoding): Promise<{ vr: string; length: number }> {
    const at = await this.#need(8);
    const written = String.fromCharCode(this.#window[at + 4]!, this.#window[at + 5]!);
    if (encoding.explicit && longRepresentations.has(written)) {
      const long = await this.#need(12);
      const length = this.#view.getUint32(long + 8, encoding.littleEndian);
      this.#position += 12;
      return { vr: written === 'UN' ? this.#unknown(tag, length) : written, length };
    }
    // Two capitals are taken for a representation newer than the table, two spaces for one left out; anything else in
    // an explicit data set is an element written implicitly by mistake.
    if (encoding.explicit && /^([A-Z]{2}| {2})$/.test(written)) {
      const length = this.#view.getUint16(at + 6, encoding.littleEndian);
      this.#position += 8;
      return { vr: knownRepresentations.has(written) ? written : 'UN', length };
    }
    const length = this.#view.getUint32(at + 4, encoding.littleEndian);
    this.#position += 8;
    return { vr: implicitRepresentation(tag), length };
  }

  /** UN stands for what the writer did not know: the dictionary may. */
  #unknown(tag: number, length: number): string {
    return length === undefinedLength ? 'UN' : implicitRepresentation(tag);
  }

  /** A sequence is named so, has no length, or, where nothing names it, starts with an item. */
  async #isSequence(vr: string, length: number, encoding: Encoding): Promise<boolean> {
    if (vr === 'SQ') return true;
    if (vr !== 'UN') return false;
    if (length === undefinedLength) return true;
    if (length < 8 || this.source.size - this.#position < 8) return false;
    const next = await this.#tag(encoding.explicit ? { explicit: false, littleEndian: true } : encoding);
    return next === item;
  }

  async #readItems(
    encoding: Encoding,
    length: number,
    around: number,
    depth: number,
    characterSet: readonly string[],
  ): Promise<DataSet[]> {
    if (depth >= depthLimit)
      throw new SystoleError('dicom_syntax', `Sequences are nested deeper than ${depthLimit}.`);
    const items: DataSet[] = [];
    const end = length === undefinedLength ? around : this.#position + length;
    while (this.#position < end) {
      const start = this.#position;
      const tag = await this.#tag(encoding);
      const at = await this.#need(8);
      const itemLength = this.#view.getUint32(at + 4, encoding.littleEndian);
      this.#position += 8;
      if (tag === sequenceEnd) return items;
      if (tag !== item)
        throw new SystoleError(
          'dicom_syntax',
          `An item was expected at offset ${start}, not ${tagName(tag)}.`,
        );
      if (++this.#elements > elementLimit)
        throw new SystoleError('header_value', `The header has more than ${elementLimit} elements.`);
      items.push(await this.#readItem(encoding, itemLength, end, depth, characterSet));
    }
    if (length === undefinedLength)
      throw new SystoleError('dicom_syntax', 'A sequence without length has no end.');
    return items;
  }

  async #readItem(
    encoding: Encoding,
    length: number,
    around: number,
    depth: number,
    characterSet: readonly string[],
  ): Promise<DataSet> {
    const end = length === undefinedLength ? around : this.#position + length;
    if (end > around)
      throw new SystoleError(
        'dicom_syntax',
        `An item at offset ${this.#position} is longer than its sequence.`,
      );
    const elements = new Map<number, Element>();
    // Philips writes explicit items into implicit private sequences.
    const explicit = encoding.explicit || (end - this.#position >= 8 && (await this.#writesRepresentation()));
    while (this.#position < end) {
      if ((await this.#tag(encoding)) === itemEnd) {
        this.#position += 8;
        return new DataSet(elements, encoding.littleEndian, characterSet);
      }
      await this.readElement({ ...encoding, explicit }, end, depth + 1, characterSet, elements);
    }
    if (length === undefinedLength)
      throw new SystoleError('dicom_syntax', 'An item without length has no end.');
    return new DataSet(elements, encoding.littleEndian, characterSet);
  }

  /** Pixels nested in an item (an icon image): their fragments are passed over. */
  async #skipFragments(encoding: Encoding, end: number): Promise<void> {
    while (this.#position < end) {
      const tag = await this.#tag(encoding);
      const length = this.#view.getUint32((await this.#need(8)) + 4, encoding.littleEndian);
      this.#position += 8;
      if (tag === sequenceEnd) return;
      if (tag !== item || this.#position + length > end)
        throw new SystoleError('dicom_syntax', `The fragments end badly at offset ${this.#position}.`);
      this.#position += length;
    }
    throw new SystoleError('dicom_syntax', 'Fragments have no end.');
  }
}
