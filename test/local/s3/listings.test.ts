import {
  DeleteObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seeds } from '../../seeds.ts';
import { type Served, serve } from './serve.ts';

const Bucket = 'uploads';
const keys = [
  'a',
  'a/',
  'a/1',
  'a/2/x',
  'a/2/y',
  'a b/+',
  'a-b',
  'b//c',
  'b/',
  'ü/1',
  '\uff5e/1',
  '\u{1f600}/1',
  'z&<>"',
];
const hidden = ['a/2/hidden', 'hidden/1', '0'];
const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const sorted = [...keys].sort(byBytes);

let served: Served;
beforeAll(async () => {
  served = await serve();
  const { client } = served;
  for (const Key of [...keys, ...hidden]) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'a/1', Body: 'second version' }));
  for (const Key of hidden) await client.send(new DeleteObjectCommand({ Bucket, Key }));
});
afterAll(async () => {
  expect(served.reports).toEqual([]);
  await served.close();
});

/** What a listing must give: keys and common prefixes together, in order. */
function expectedOf(prefix: string, delimiter: string, after: string): string[] {
  const found: string[] = [];
  for (const key of sorted) {
    if (!key.startsWith(prefix) || byBytes(key, after) <= 0) continue;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const shown = cut < 0 ? key : key.slice(0, cut + delimiter.length);
    if (found.at(-1) !== shown) found.push(shown);
  }
  return found;
}

interface Page {
  Contents?: { Key?: string }[];
  CommonPrefixes?: { Prefix?: string }[];
}

const shownOf = (pages: Page[]) =>
  pages.flatMap((page) =>
    [
      ...(page.Contents ?? []).map((one) => one.Key!),
      ...(page.CommonPrefixes ?? []).map((one) => one.Prefix!),
    ].sort(byBytes),
  );

const prefixes = fc.constantFrom('', 'a', 'a/', 'a/2/', 'b/', 'ü', 'none', '\uff5e');
const delimiters = fc.constantFrom('', '/', '2', '//');
const pageSizes = fc.constantFrom(1, 2, 3, 1000);
const encodings = fc.constantFrom(undefined, 'url' as const);

describe.each(seeds)('against a plain model (seed %i)', (seed) => {
  test('ListObjectsV2, page by page', async () => {
    const starts = fc.constantFrom('', 'a', 'a/1', 'a/2', 'a/2/x', 'b/', 'zz');
    await fc.assert(
      fc.asyncProperty(
        prefixes,
        delimiters,
        pageSizes,
        starts,
        encodings,
        async (Prefix, Delimiter, MaxKeys, StartAfter, EncodingType) => {
          const pages: Page[] = [];
          const input = { Bucket, Prefix, Delimiter, StartAfter, EncodingType };
          for await (const page of paginateListObjectsV2(
            { client: served.client, pageSize: MaxKeys },
            input,
          )) {
            expect(page.KeyCount).toBe((page.Contents?.length ?? 0) + (page.CommonPrefixes?.length ?? 0));
            expect(page.KeyCount).toBeLessThanOrEqual(MaxKeys);
            pages.push(page);
          }
          const decode = (key: string) => (EncodingType === 'url' ? decodeURIComponent(key) : key);
          expect(shownOf(pages).map(decode).sort(byBytes)).toEqual(expectedOf(Prefix, Delimiter, StartAfter));
        },
      ),
      { seed, numRuns: 60 },
    );
  });

  test('ListObjects, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(prefixes, delimiters, pageSizes, async (Prefix, Delimiter, MaxKeys) => {
        const pages: Page[] = [];
        let Marker: string | undefined;
        for (;;) {
          const page = await served.client.send(
            new ListObjectsCommand({ Bucket, Prefix, Delimiter, MaxKeys, Marker }),
          );
          pages.push(page);
          if (!page.IsTruncated) break;
          // As documented: NextMarker comes only with a delimiter, the last key serves otherwise.
          expect(page.NextMarker !== undefined).toBe(Delimiter !== '');
          Marker = page.NextMarker ?? page.Contents!.at(-1)!.Key;
        }
        expect(shownOf(pages)).toEqual(expectedOf(Prefix, Delimiter, ''));
      }),
      { seed, numRuns: 40 },
    );
  });

  test('ListObjectVersions, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(prefixes, fc.constantFrom('', '/'), pageSizes, async (Prefix, Delimiter, MaxKeys) => {
        const rows: string[] = [];
        let markers: { KeyMarker?: string; VersionIdMarker?: string } = {};
        for (;;) {
          const page = await served.client.send(
            new ListObjectVersionsCommand({ Bucket, Prefix, Delimiter, MaxKeys, ...markers }),
          );
          const shown = [
            ...(page.Versions ?? []).map((one) => one.Key!),
            ...(page.DeleteMarkers ?? []).map((one) => one.Key!),
            ...(page.CommonPrefixes ?? []).map((one) => one.Prefix!),
          ];
          rows.push(...shown.sort(byBytes));
          if (!page.IsTruncated) break;
          markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
        }
        const versions = [...keys, 'a/1', ...hidden, ...hidden].sort(byBytes);
        const expected: string[] = [];
        for (const key of versions) {
          if (!key.startsWith(Prefix)) continue;
          const cut = Delimiter === '' ? -1 : key.indexOf(Delimiter, Prefix.length);
          const shown = cut < 0 ? key : key.slice(0, cut + Delimiter.length);
          if (cut < 0 || expected.at(-1) !== shown) expected.push(shown);
        }
        expect(rows).toEqual(expected);
      }),
      { seed, numRuns: 40 },
    );
  });
});

test('what a listing tells of an object', async () => {
  const { Contents, Name, Prefix } = await served.client.send(
    new ListObjectsV2Command({ Bucket, Prefix: 'a/1', FetchOwner: true }),
  );
  expect({ Name, Prefix }).toEqual({ Name: Bucket, Prefix: 'a/1' });
  expect(Contents).toMatchObject([
    {
      Key: 'a/1',
      Size: 14,
      StorageClass: 'STANDARD',
      ChecksumAlgorithm: ['CRC32'],
      Owner: { ID: 'systole' },
    },
  ]);
  expect(Contents![0]!.LastModified!.getMilliseconds()).toBe(0);
});

test('arguments that S3 refuses', async () => {
  const invalid = { name: 'InvalidArgument' };
  const list = (input: object) => served.client.send(new ListObjectsV2Command({ Bucket, ...input }));
  await expect(list({ ContinuationToken: '*' })).rejects.toMatchObject(invalid);
  await expect(list({ MaxKeys: -1 })).rejects.toMatchObject(invalid);
  await expect(list({ EncodingType: 'xml' })).rejects.toMatchObject(invalid);
  expect(await list({ MaxKeys: 0 })).toMatchObject({ KeyCount: 0, IsTruncated: false });
});
