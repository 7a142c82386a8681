import { describe, expect, it } from 'vitest';
import { SystoleError } from '../../../shared/errors.ts';
import { readZip } from '../../../shared/storage/zip.ts';
import { writeZip } from './checkpoint-writer.ts';

const files: [string, Buffer][] = [
  ['a.txt', Buffer.from('hello')],
  ['folder/ä', Buffer.alloc(1000, 7)],
  ['empty', Buffer.alloc(0)],
];
const options = { maxEntryBytes: 1 << 20 };

/** A copy with some bytes replaced. */
function altered(archive: Buffer, at: number, ...bytes: number[]): Buffer {
  const copy = Buffer.from(archive);
  copy.set(bytes, at);
  return copy;
}

function readAll(archive: Uint8Array): [string, Buffer][] {
  return [...readZip(archive, options)].map(([name, entry]) => [name, Buffer.from(entry.read())]);
}

describe('readZip', () => {
  it.each([
    { deflate: false, zip64: false },
    { deflate: true, zip64: false },
    { deflate: false, zip64: true },
    { deflate: true, zip64: true },
  ])('reads what was written with %j', (how) => {
    expect(readAll(writeZip(files, how))).toEqual(files);
  });

  it('reads an archive with a comment and one that lies within a larger buffer', () => {
    const archive = writeZip(files);
    const comment = Buffer.from('a comment');
    archive.writeUInt16LE(comment.length, archive.length - 2);
    const whole = Buffer.concat([Buffer.from('before'), archive, comment]);
    expect(readAll(whole.subarray(6))).toEqual(files);
  });

  it('refuses an entry beyond the limit before it inflates it', () => {
    const archive = writeZip([['a', Buffer.alloc(1 << 20)]], { deflate: true });
    const entry = readZip(archive, { maxEntryBytes: 1000 }).get('a')!;
    expect(() => entry.read()).toThrow(/1048576 bytes/);
  });

  const stored = writeZip(files);
  const directoryAt = stored.indexOf('PK\x01\x02');
  const wide = writeZip(files, { zip64: true });
  const locatorAt = wide.indexOf('PK\x06\x07');
  const end64At = wide.indexOf('PK\x06\x06');
  it.each<[string, Buffer, RegExp]>([
    ['an encrypted entry', altered(stored, directoryAt + 8, 1), /encrypted/],
    ['an unknown compression', altered(stored, directoryAt + 10, 12), /method 12/],
    ['a directory outside the archive', altered(stored, stored.length - 6, 0xff, 0xff, 0xff), /outside/],
    [
      'a directory with fewer entries than said',
      altered(stored, stored.length - 12, 4),
      /directory entry is broken/,
    ],
    [
      'a directory with more entries than said',
      altered(stored, stored.length - 12, 2),
      /longer than its entries/,
    ],
    [
      'an entry that is not where it is said',
      altered(stored, directoryAt + 42, 3),
      /not where the directory says/,
    ],
    [
      'an entry that is longer than the archive',
      altered(stored, directoryAt + 22, 0xff),
      /longer than the archive/,
    ],
    ['a size that differs', altered(stored, directoryAt + 24, 4), /size or checksum/],
    ['a checksum that differs', altered(stored, directoryAt + 16, 1, 2, 3, 4), /size or checksum/],
    ['a broken end of ZIP64', altered(wide, end64At, 0), /ZIP64 end record/],
    ['an end of ZIP64 that is elsewhere', altered(wide, locatorAt + 8, 0xff, 0xff), /ZIP64 end record/],
    ['a number beyond 2^53', altered(wide, end64At + 47, 0xff), /out of range/],
    ['a missing ZIP64 size', altered(wide, wide.indexOf('PK\x01\x02') + 46 + 5, 2), /ZIP64 size is missing/],
    ['a truncated archive', stored.subarray(0, stored.length - 1), /no end record/i],
  ])('refuses %s', (_, archive, message) => {
    expect(() => readAll(archive)).toThrow(SystoleError);
    expect(() => readAll(archive)).toThrow(message);
  });
});
