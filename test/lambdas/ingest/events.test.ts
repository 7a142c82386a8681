import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { uploadedObjects } from '../../../lambdas/ingest/events.ts';

const message = (body: unknown): SQSRecord =>
  ({ messageId: '1', body: JSON.stringify(body) }) as unknown as SQSRecord;
const record = (object: Record<string, unknown>) => ({
  eventSource: 'aws:s3',
  eventName: 'ObjectCreated:Put',
  s3: {
    bucket: { name: 'uploads' },
    object: { size: 3, eTag: 'e', sequencer: '0055AED6DCD90281E5', versionId: 'v', ...object },
  },
});

describe('uploadedObjects', () => {
  it('decodes keys as S3 encodes them: plus for a space, percent for the rest', () => {
    const keys = ['a/b c.hea', 'ü/µV 心电图 +&.hea', '100%.dat', 'a+b'];
    const encoded = keys.map((key) => encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'));
    const found = uploadedObjects(message({ Records: encoded.map((key) => record({ key })) }));
    expect(found.map(({ key }) => key)).toEqual(keys);
    expect(found[0]).toEqual({
      bucket: 'uploads',
      key: 'a/b c.hea',
      versionId: 'v',
      sequencer: '0055AED6DCD90281E5',
      size: 3,
      etag: 'e',
    });
  });

  it("finds nothing in S3's test event", () => {
    const test = { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'uploads' };
    expect(uploadedObjects(message(test))).toEqual([]);
  });

  it('names the version of a bucket without versioning as S3 does', () => {
    const [found] = uploadedObjects(message({ Records: [record({ key: 'a', versionId: undefined })] }));
    expect(found!.versionId).toBe('null');
  });

  it('refuses what is no event, with an error', () => {
    expect(() => uploadedObjects({ body: 'hello' } as SQSRecord)).toThrow();
    expect(() => uploadedObjects(message({ Records: [record({ key: '100%' })] }))).toThrow();
  });
});
