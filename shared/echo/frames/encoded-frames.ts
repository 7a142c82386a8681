import { SystoleError } from '../../errors.ts';
import type { DataSet } from '../dicom/data-set.ts';
import type { Header } from '../dicom/header.ts';
import { type Instance, type Mark, nativeFrameLength } from '../dicom/instance.ts';
import type { PixelCoding } from '../dicom/transfer-syntax.ts';
import { Window } from '../dicom/window.ts';

const readAhead = 1 << 20;
/** A compressed frame longer than this is a broken length. */
const longestFrame = 256 << 20;
const sequenceEnd = 0xfffee0dd;
const item = 0xfffee000;

/**
 * The frames of an instance as they are stored, one after the other and never more than one held: slices of
 * uncompressed pixel data, or the joined fragments of encapsulated ones (PS3.5 A.4). A frame starts at a fragment that
 * begins with the start marker of its coding, and where the extended or basic offset table says, if it has an entry for
 * each frame; tables are too often absent or wrong to be the only guide. Ends early, with a mark, when the data do.
 * The bytes are valid until the next frame is asked for.
 */
export async function* encodedFrames(
  header: Header,
  instance: Instance,
  found: Set<Mark>,
): AsyncGenerator<Uint8Array> {
  if (header.pixelData === undefined) throw new SystoleError('dicom_pixels', 'There are no pixel data.');
  if (header.pixelData.length === undefined) yield* encapsulatedFrames(header, instance, found);
  else yield* nativeFrames(header, instance);
}

async function* nativeFrames(header: Header, instance: Instance): AsyncGenerator<Uint8Array> {
  const { source, offset, length } = header.pixelData!;
  const frameLength = nativeFrameLength(instance, length);
  const window = new Window(source, Math.max(readAhead, frameLength));
  const isSwapped = hasSwappedBytes(header, instance);
  for (let i = 0; i < (instance.wholeFrames ?? 0); i++) {
    const start = i * frameLength;
    if (!isSwapped) yield await window.at(offset + start, frameLength);
    else {
      // Words go on from frame to frame.
      const from = start - (start % 2);
      const to = Math.min(start + frameLength + ((start + frameLength) % 2), source.size - offset);
      const words = (await window.at(offset + from, to - from)).slice();
      for (let at = 0; at + 1 < words.length; at += 2)
        [words[at], words[at + 1]] = [words[at + 1]!, words[at]!];
      yield words.subarray(start - from, start - from + frameLength);
    }
  }
}

/** Bytes that are written as words (OW) are, in big endian, the second before the first (PS3.5 8.1.1). */
const hasSwappedBytes = (
  { pixelData, dataSet }: Header,
  { bitsAllocated }: Pick<Instance, 'bitsAllocated'>,
): boolean => pixelData?.vr === 'OW' && bitsAllocated === 8 && !dataSet.littleEndian;

interface Item {
  readonly tag: number;
  readonly offset: number;
  readonly length: number;
}

async function* encapsulatedFrames(
  header: Header,
  instance: Instance,
  found: Set<Mark>,
): AsyncGenerator<Uint8Array> {
  const { source, offset } = header.pixelData!;
  const window = new Window(source, readAhead);
  const named = instance.numberOfFrames ?? 1;
  const coding = header.transferSyntax.pixels;
  const table = await itemAt(window, offset);
  if (table === undefined || table.tag !== item)
    throw new SystoleError('dicom_pixels', 'The encapsulated pixel data do not start with an offset table.');
  const first = table.offset + table.length;
  const starts =
    frameStarts(extendedOffsets(header.dataSet), named) ??
    frameStarts(basicOffsets(await readTable(window, table)), named);

  let fragments: Uint8Array[] = [];
  let length = 0;
  let frames = 0;
  let at = first;
  for (;;) {
    const fragment = await itemAt(window, at);
    const present = fragment === undefined ? 0 : Math.min(fragment.length, source.size - fragment.offset);
    if (fragment === undefined || fragment.tag !== item) {
      if (fragment?.tag !== sequenceEnd) found.add('pixel_data_truncated');
      if (length > 0) {
        frames++;
        yield joined(fragments, length);
      }
      break;
    }
    if (length + present > longestFrame)
      throw new SystoleError('dicom_pixels', `A compressed frame is longer than ${longestFrame} bytes.`);
    const bytes = await window.at(fragment.offset, present);
    // Of a single frame without a start marker every fragment is a part.
    const begins =
      (named > 1 || (coding !== 'rle' && coding !== 'native')) &&
      (startsFrame(bytes, coding) || starts?.has(at - first) === true);
    if (begins && length > 0) {
      frames++;
      yield joined(fragments, length);
      fragments = [];
      length = 0;
      if (frames === named) {
        found.add('frames_more');
        return;
      }
    }
    if (present < fragment.length) {
      // The frame to which this fragment belongs is not whole.
      found.add('pixel_data_truncated');
      break;
    }
    if (present > 0) fragments.push(bytes);
    length += present;
    at = fragment.offset + fragment.length;
  }
  if (frames < named) found.add('frames_fewer');
}

async function itemAt(window: Window, at: number): Promise<Item | undefined> {
  if (at + 8 > window.source.size) return undefined;
  const bytes = await window.at(at, 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  return {
    tag: view.getUint16(0, true) * 0x10000 + view.getUint16(2, true),
    offset: at + 8,
    length: view.getUint32(4, true),
  };
}

async function readTable(window: Window, table: Item): Promise<Uint8Array> {
  if (table.length > 4 * 1_000_000) throw new SystoleError('dicom_pixels', 'The offset table is too long.');
  return window.at(table.offset, table.length);
}

function basicOffsets(table: Uint8Array): number[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  return Array.from({ length: Math.floor(table.length / 4) }, (_, i) => view.getUint32(4 * i, true));
}

/** Extended Offset Table (7FE0,0001), PS3.3 C.7.6.3.1.8: 64-bit offsets of the first items of the frames. */
function extendedOffsets(dataSet: DataSet): number[] {
  const table = dataSet.elements.get(0x7fe00001)?.value;
  if (table === undefined) return [];
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  return Array.from({ length: Math.floor(table.length / 8) }, (_, i) =>
    Number(view.getBigUint64(8 * i, true)),
  );
}

/** A table is believed when it has one rising offset for each frame. */
function frameStarts(offsets: readonly number[], named: number): ReadonlySet<number> | undefined {
  if (offsets.length !== named || offsets[0] !== 0) return undefined;
  for (let i = 1; i < named; i++) if (offsets[i]! <= offsets[i - 1]!) return undefined;
  return new Set(offsets);
}

/** First bytes of a JPEG XL container, ISO/IEC 18181-2; a bare codestream begins with FF 0A. */
const jpegXlBox = [0x00, 0x00, 0x00, 0x0c, 0x4a, 0x58, 0x4c, 0x20];

/** Whether a fragment begins a frame: SOI, SOC, or always where a frame is one fragment (PS3.5 A.4.2). */
function startsFrame(bytes: Uint8Array, coding: PixelCoding | undefined): boolean {
  const second = bytes[0] === 0xff ? bytes[1] : undefined;
  if (coding === 'jpeg-2000' || coding === 'htj2k') return second === 0x4f;
  if (coding === 'jpeg-xl') return second === 0x0a || jpegXlBox.every((byte, i) => bytes[i] === byte);
  if (coding === 'rle' || coding === 'native') return true;
  return second === 0xd8;
}

function joined(fragments: readonly Uint8Array[], length: number): Uint8Array {
  if (fragments.length === 1) return fragments[0]!;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const fragment of fragments) {
    whole.set(fragment, at);
    at += fragment.length;
  }
  return whole;
}
