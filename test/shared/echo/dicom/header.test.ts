import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bytesInMemory, rangedBytes } from '../../../../shared/echo/dicom/byte-source.ts';
import { readHeader } from '../../../../shared/echo/dicom/header.ts';
import { writeDicom } from '../../../../shared/echo/dicom/write.ts';
import {
  changed,
  hex,
  read,
  reasonOf,
  syntaxes,
  ultrasound,
  ultrasoundFile,
  watched,
} from '../ultrasound.ts';

const region = (fields: { tag: number; vr: string; value: number[] }[]) =>
  changed({ tag: 0x00186011, vr: 'SQ', value: { items: [fields] } });

describe('readHeader', () => {
  it.each([
    ['implicit little endian', syntaxes.implicit],
    ['explicit little endian', syntaxes.explicit],
    ['explicit big endian', syntaxes.bigEndian],
    ['deflated', syntaxes.deflated],
  ])('reads %s', async (_, uid) => {
    const changes = region([
      { tag: 0x00186018, vr: 'UL', value: [14] },
      { tag: 0x0018602c, vr: 'FD', value: [0.025] },
    ]);
    const { header, instance } = await read(ultrasoundFile(changes, uid));
    expect(header.transferSyntax.uid).toBe(uid);
    expect(header.encodingGuessed).toBe(false);
    expect(instance).toMatchObject({ rows: 2, columns: 3, numberOfFrames: 2, frameTime: 40, wholeFrames: 2 });
    expect(instance.regions[0]).toMatchObject({ minX0: 14, deltaX: 0.025, minY0: null });
    expect(header.pixelData?.length).toBe(12);
  });

  it.each([
    ['implicit little endian', syntaxes.implicit],
    ['explicit little endian', syntaxes.explicit],
    ['explicit big endian', syntaxes.bigEndian],
  ])('reads %s without preamble and meta information', async (_, uid) => {
    const { header, instance } = await read(ultrasoundFile({}, uid, { preamble: false }));
    expect(header.transferSyntax.uid).toBe(uid);
    expect(header.encodingGuessed).toBe(true);
    expect(instance.columns).toBe(3);
    expect(instance.marks).toContain('encoding_guessed');
  });

  it('believes the bytes where the meta information names the wrong encoding', async () => {
    const elements = ultrasound();
    const implicit = writeDicom({ transferSyntaxUid: syntaxes.implicit, elements });
    const named = Buffer.from(implicit);
    // 1.2.840.10008.1.2 padded with NUL becomes 1.2.840.10008.1.2.1 by taking two bytes more.
    const at = named.indexOf('1.2.840.10008.1.2\0', 132);
    const lied = Buffer.concat([
      named.subarray(0, at - 2),
      hex('14 00'),
      Buffer.from('1.2.840.10008.1.2.1\0'),
      named.subarray(at + 18),
    ]);
    const { header, instance } = await read(lied);
    expect(header.transferSyntax.uid).toBe(syntaxes.implicit);
    expect(header.encodingGuessed).toBe(true);
    expect(instance.rows).toBe(2);
  });

  it('reads sequences and items of undefined length, at every depth', async () => {
    const bytes = Buffer.concat([
      ultrasoundFile({ 2145386512: undefined }),
      hex(`2800 0030 5351 0000 FFFFFFFF
           FEFF 00E0 FFFFFFFF
             2800 0230 5553 0200 0900
             2800 1030 5351 0000 12000000
               FEFF 00E0 0A000000
                 2800 0230 5553 0200 0700
             FEFF 0DE0 00000000
           FEFF DDE0 00000000
           E07F 1000 4F42 0000 02000000 0102`),
    ]);
    const header = await readHeader(bytesInMemory(bytes));
    const [item] = header.dataSet.items(0x00283000);
    expect(item?.number(0x00283002)).toBe(9);
    expect(item?.items(0x00283010)[0]?.number(0x00283002)).toBe(7);
    expect(header.pixelData).toMatchObject({ offset: bytes.length - 2, length: 2 });
  });

  it('reads a sequence written as UN, which is implicit inside', async () => {
    const bytes = Buffer.concat([
      ultrasoundFile({ 2145386512: undefined }),
      hex(`2900 1010 554E 0000 FFFFFFFF
           FEFF 00E0 0A000000
             2800 1000 02000000 0500
           FEFF DDE0 00000000`),
    ]);
    const header = await readHeader(bytesInMemory(bytes));
    expect(header.dataSet.items(0x00291010)[0]?.number(0x00280010)).toBe(5);
  });

  it('asks for no more than the header of a large cine', async () => {
    const pixels = new Uint8Array(40 << 20);
    const bytes = ultrasoundFile(changed({ tag: 0x7fe00010, vr: 'OB', value: pixels }));
    const source = watched(bytes);
    await readHeader(source);
    expect(source.reads).toEqual([[0, 16 << 10]]);
  });

  it('skips long private values without reading them', async () => {
    const bytes = ultrasoundFile(changed({ tag: 0x200d3cf1, vr: 'OB', value: new Uint8Array(30 << 20) }));
    const source = watched(bytes);
    const header = await readHeader(source);
    expect(header.pixelData?.length).toBe(12);
    expect(header.dataSet.elements.get(0x200d3cf1)?.value).toBeUndefined();
    expect(source.reads.reduce((sum, [, length]) => sum + length, 0)).toBeLessThan(64 << 10);
  });

  it('reads the same from ranges as from the whole', async () => {
    const changes = changed({ tag: 0x00281201, vr: 'OW', value: randomBytes(100_000) });
    const bytes = ultrasoundFile(changes);
    const whole = await readHeader(bytesInMemory(bytes));
    const ranged = await readHeader(
      rangedBytes(bytes.subarray(0, 1000), bytes.length, async (offset, length) =>
        bytes.slice(offset, offset + length),
      ),
    );
    const plain = (header: typeof whole) =>
      [...header.dataSet.elements.values()].map(({ tag, vr, value }) => [
        tag,
        vr,
        value && Buffer.from(value).toString('hex'),
      ]);
    expect(plain(ranged)).toEqual(plain(whole));
    expect(ranged.pixelData?.offset).toBe(whole.pixelData?.offset);
  });

  it('reads the Extended Offset Table, whose representation has a 32-bit length', async () => {
    const bytes = ultrasoundFile(
      changed(
        { tag: 0x7fe00001, vr: 'OV', value: [0, 20] },
        { tag: 0x7fe00010, vr: 'OB', value: { fragments: [Uint8Array.of(1, 2)] } },
      ),
      syntaxes.rle,
    );
    const header = await readHeader(bytesInMemory(bytes));
    expect(header.dataSet.elements.get(0x7fe00001)?.value).toHaveLength(16);
    expect(header.pixelData?.length).toBeUndefined();
  });
});

describe('readHeader refuses', () => {
  it('an empty file', async () => {
    expect(await reasonOf(read(new Uint8Array(0)))).toBe('empty');
  });

  it.each([
    ['text', Buffer.from('This is a text file that somebody named x.dcm.\n'.repeat(10))],
    ['a program with DICM missing', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(500)])],
    ['random bytes', Buffer.from('4f3c9a'.repeat(100), 'hex')],
    ['three bytes', Buffer.from('abc')],
  ])('%s as unrecognised', async (_, bytes) => {
    expect(await reasonOf(read(bytes))).toBe('unrecognised');
  });

  it('a small file that inflates to hundreds of megabytes, without taking the memory', async () => {
    const bomb = Buffer.concat([
      writeDicom({ transferSyntaxUid: syntaxes.deflated, elements: [] }).subarray(0, -2),
      deflateRawSync(
        Buffer.concat([
          ultrasoundFile({ 2145386512: undefined }, syntaxes.explicit, { preamble: false }),
          Buffer.alloc(210 << 20),
        ]),
      ),
    ]);
    expect(bomb.length).toBeLessThan(230_000);
    const before = process.memoryUsage().rss;
    expect(await reasonOf(read(bomb))).toBe('inflates_too_large');
    expect(process.memoryUsage().rss - before).toBeLessThan(150 << 20);
  });

  it('a deflated data set that is no deflate stream', async () => {
    const empty = writeDicom({ transferSyntaxUid: syntaxes.deflated, elements: [] }).subarray(0, -2);
    expect(await reasonOf(read(Buffer.concat([empty, Buffer.alloc(100, 0xff)])))).toBe('dicom_syntax');
  });

  it('an element longer than the file', async () => {
    const bytes = Buffer.concat([
      ultrasoundFile({ 2145386512: undefined }),
      hex('2900 1010 4F42 0000 F0FFFFFF 0102'),
    ]);
    expect(await reasonOf(read(bytes))).toBe('dicom_syntax');
  });

  it('an item longer than its sequence', async () => {
    const bytes = Buffer.concat([
      ultrasoundFile({ 2145386512: undefined }),
      hex(`2900 1010 5351 0000 08000000
             FEFF 00E0 40000000`),
      Buffer.alloc(100),
    ]);
    expect(await reasonOf(read(bytes))).toBe('dicom_syntax');
  });

  it('a sequence without end', async () => {
    const bytes = Buffer.concat([
      ultrasoundFile({ 2145386512: undefined }),
      hex('2900 1010 5351 0000 FFFFFFFF FEFF 00E0 FFFFFFFF'),
    ]);
    expect(await reasonOf(read(bytes))).toBe('dicom_syntax');
  });

  it('sequences nested without limit', async () => {
    const nested = Buffer.concat([
      ultrasoundFile({ 2145386512: undefined }),
      ...Array.from({ length: 5000 }, () => hex('2900 1010 5351 0000 FFFFFFFF FEFF 00E0 FFFFFFFF')),
    ]);
    expect(await reasonOf(read(nested))).toBe('dicom_syntax');
  });

  it('a header of more than 8 MiB of small elements', async () => {
    const value = new Uint8Array(200_000);
    const changes = changed(
      ...Array.from({ length: 60 }, (_, i) => ({ tag: 0x00291000 + i, vr: 'OB', value })),
    );
    expect(await reasonOf(read(ultrasoundFile(changes)))).toBe('header_value');
  });

  it('a header of a hundred thousand elements', async () => {
    const bytes = Buffer.concat([
      ultrasoundFile({ 2145386512: undefined }),
      ...Array.from({ length: 100_000 }, () => hex('2900 1010 5553 0000')),
    ]);
    expect(await reasonOf(read(bytes))).toBe('header_value');
  });
});
