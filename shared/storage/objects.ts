import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { SystoleError } from '../errors.ts';

/** One version of one object. */
export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
  /** Absent: the newest version. */
  readonly versionId?: string;
}

/** What S3 says of a key, or of one version of it, that is not there (any more). */
const absent = new Set(['NoSuchKey', 'NoSuchVersion', 'NotFound']);

/**
 * Reads and writes whole objects and ranges of them. Retries, checksums and signatures are the SDK's; keep-alive
 * connections are shared by all calls of a process. Reading what is not there is a SystoleError `object_absent`.
 */
export class Objects {
  readonly #client: S3Client;

  constructor(client: S3Client = new S3Client({ maxAttempts: 5 })) {
    this.#client = client;
  }

  /** Bytes `start` (inclusive) to `end` (exclusive); fewer when the object ends before. */
  async range(name: ObjectName, start: number, end: number): Promise<Buffer> {
    const answer = await this.#get(name, `bytes=${start}-${end - 1}`);
    return bytesOf(answer);
  }

  async bytes(name: ObjectName): Promise<Buffer> {
    return bytesOf(await this.#get(name));
  }

  async text(name: ObjectName): Promise<string> {
    return (await this.bytes(name)).toString('utf8');
  }

  /** Size in bytes, or undefined when there is no such object. */
  async size({ bucket, key, versionId }: ObjectName): Promise<number | undefined> {
    try {
      const answer = await this.#client.send(
        new HeadObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }),
      );
      return answer.ContentLength;
    } catch (error) {
      if (absent.has((error as Error).name)) return undefined;
      throw error;
    }
  }

  /** All keys that begin with a prefix, in their order. */
  async keys(bucket: string, prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const page of paginateListObjectsV2(
      { client: this.#client },
      { Bucket: bucket, Prefix: prefix },
    ))
      for (const { Key } of page.Contents ?? []) keys.push(Key!);
    return keys;
  }

  async put(name: ObjectName, body: Uint8Array | string, contentType: string): Promise<void> {
    await this.#client.send(
      new PutObjectCommand({ Bucket: name.bucket, Key: name.key, Body: body, ContentType: contentType }),
    );
  }

  /** Stores a file of this machine that fits into memory. */
  async putFile(name: ObjectName, path: string): Promise<void> {
    const types: Record<string, string> = { '.json': 'application/json', '.md': 'text/markdown' };
    await this.put(name, await readFile(path), types[extname(path)] ?? 'application/octet-stream');
  }

  async #get({ bucket, key, versionId }: ObjectName, range?: string): Promise<GetObjectCommandOutput> {
    try {
      return await this.#client.send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          VersionId: versionId,
          Range: range,
          ChecksumMode: 'ENABLED',
        }),
      );
    } catch (error) {
      if (absent.has((error as Error).name))
        throw new SystoleError('object_absent', undefined, { cause: error });
      throw error;
    }
  }
}

async function bytesOf(answer: GetObjectCommandOutput): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer.Body as AsyncIterable<Buffer>) chunks.push(chunk);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}
