import { crc32, inflateRawSync } from 'node:zlib';
import { SystoleError } from '../errors.ts';

const endOfDirectory = 0x06054b50;
const endOfDirectory64 = 0x06064b50;
const locator64 = 0x07064b50;
const directoryEntry = 0x02014b50;
const localEntry = 0x04034b50;
const maxCommentBytes = 0xffff;

export interface ZipEntry {
  /** Size of the content as the directory gives it. */
  readonly size: number;
  /**
   * The content, checked against its size and CRC-32. A view of the archive where it is stored uncompressed.
   * @throws SystoleError weights_invalid.
   */
  read(): Uint8Array;
}

/**
 * Reads the directory of a ZIP archive (stored and deflated entries, ZIP64 too, one volume, not encrypted).
 * Source: PKWARE APPNOTE.TXT 6.3, sections 4.3 to 4.5.
 * @param maxEntryBytes an entry that says it inflates to more is refused when it is read.
 * @throws SystoleError weights_invalid when the archive contradicts itself; inflates_too_large.
 */
export function readZip(
  bytes: Uint8Array,
  { maxEntryBytes }: { maxEntryBytes: number },
): ReadonlyMap<string, ZipEntry> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const directory = findDirectory(view);
  const entries = new Map<string, ZipEntry>();
  let at = directory.offset;
  for (let i = 0; i < directory.count; i++) {
    const entry = readDirectoryEntry(view, at, directory.end);
    if (entries.has(entry.name)) throw invalid('Two entries have one name.');
    entries.set(entry.name, { size: entry.size, read: () => readEntry(view, entry, maxEntryBytes) });
    at = entry.next;
  }
  if (at !== directory.end) throw invalid('The directory is longer than its entries.');
  return entries;
}

interface Directory {
  readonly offset: number;
  readonly end: number;
  readonly count: number;
}

interface DirectoryEntry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly checksum: number;
  readonly packedSize: number;
  readonly size: number;
  readonly offset: number;
  readonly next: number;
}

function findDirectory(view: DataView): Directory {
  const last = view.byteLength - 22;
  for (let at = last; at >= 0 && at >= last - maxCommentBytes; at--) {
    if (view.getUint32(at, true) !== endOfDirectory) continue;
    if (at + 22 + view.getUint16(at + 20, true) !== view.byteLength) continue;
    let count = view.getUint16(at + 10, true);
    let size = view.getUint32(at + 12, true);
    let offset = view.getUint32(at + 16, true);
    let limit = at;
    if (at >= 20 && view.getUint32(at - 20, true) === locator64) {
      const end64 = integer64(view, at - 20 + 8);
      if (end64 + 56 > at - 20 || view.getUint32(end64, true) !== endOfDirectory64) {
        throw invalid('The ZIP64 end record is not where it is said to be.');
      }
      count = integer64(view, end64 + 32);
      size = integer64(view, end64 + 40);
      offset = integer64(view, end64 + 48);
      limit = end64;
    }
    if (offset + size > limit) throw invalid('The directory lies outside the archive.');
    return { offset, end: offset + size, count };
  }
  throw invalid('There is no end record: no archive, or a truncated one.');
}

function readDirectoryEntry(view: DataView, at: number, end: number): DirectoryEntry {
  if (at + 46 > end || view.getUint32(at, true) !== directoryEntry)
    throw invalid('A directory entry is broken.');
  const nameBytes = view.getUint16(at + 28, true);
  const extraBytes = view.getUint16(at + 30, true);
  const next = at + 46 + nameBytes + extraBytes + view.getUint16(at + 32, true);
  if (next > end) throw invalid('A directory entry is broken.');
  const name = Buffer.from(view.buffer, view.byteOffset + at + 46, nameBytes).toString('utf8');
  const small = {
    size: view.getUint32(at + 24, true),
    packedSize: view.getUint32(at + 20, true),
    offset: view.getUint32(at + 42, true),
  };
  return {
    name,
    flags: view.getUint16(at + 8, true),
    method: view.getUint16(at + 10, true),
    checksum: view.getUint32(at + 16, true),
    ...widen(view, small, at + 46 + nameBytes, extraBytes),
    next,
  };
}

type Sizes = Pick<DirectoryEntry, 'size' | 'packedSize' | 'offset'>;

/** Replaces what does not fit 32 bits by the ZIP64 extra field (header id 1), which holds only those, in order. */
function widen(view: DataView, small: Sizes, extraStart: number, extraBytes: number): Sizes {
  const wide = { ...small };
  const missing = (['size', 'packedSize', 'offset'] as const).filter((field) => small[field] === 0xffffffff);
  if (missing.length === 0) return wide;
  const end = extraStart + extraBytes;
  for (let at = extraStart; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    if (view.getUint16(at + 2, true) < missing.length * 8 || at + 4 + missing.length * 8 > end) break;
    for (const [i, field] of missing.entries()) wide[field] = integer64(view, at + 4 + i * 8);
    return wide;
  }
  throw invalid('A ZIP64 size is missing.');
}

function readEntry(view: DataView, entry: DirectoryEntry, maxEntryBytes: number): Uint8Array {
  const { offset, packedSize, size, method } = entry;
  if ((entry.flags & 1) !== 0) throw invalid('An entry is encrypted.');
  if (size > maxEntryBytes) {
    throw new SystoleError('inflates_too_large', `An archive entry has ${size} bytes.`);
  }
  if (offset + 30 > view.byteLength || view.getUint32(offset, true) !== localEntry) {
    throw invalid('An entry is not where the directory says.');
  }
  const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (start + packedSize > view.byteLength) throw invalid('An entry is longer than the archive.');
  const packed = new Uint8Array(view.buffer, view.byteOffset + start, packedSize);
  const content = method === 0 ? packed : inflate(packed, method, size);
  if (content.length !== size || crc32(content) !== entry.checksum) {
    throw invalid('The content of an entry differs from its size or checksum.');
  }
  return content;
}

function inflate(packed: Uint8Array, method: number, size: number): Uint8Array {
  if (method !== 8) throw invalid(`Compression method ${method} is not supported.`);
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(size, 1) });
  } catch (error) {
    throw new SystoleError('weights_invalid', 'zip: An entry cannot be inflated to its size.', {
      cause: error,
    });
  }
}

function integer64(view: DataView, offset: number): number {
  const value = Number(view.getBigUint64(offset, true));
  if (!Number.isSafeInteger(value)) throw invalid('A ZIP64 number is out of range.');
  return value;
}

function invalid(detail: string): SystoleError {
  return new SystoleError('weights_invalid', `zip: ${detail}`);
}
