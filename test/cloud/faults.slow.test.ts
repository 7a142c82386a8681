import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Embedded, endpointTarget, startEmbedded } from '../../cli/open-target.ts';
import type { Target } from '../../cli/target.ts';
import type { Endpoint } from '../../local/cloud.ts';
import { overview } from '../../shared/catalog/overview.ts';
import { Random } from '../../shared/random.ts';
import { CloudProcess } from './process.ts';
import { generatedFiles } from './records.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'systole-faults-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Puts an object and repeats until it is acknowledged, through restarts on other ports. */
async function putUntilAcknowledged(current: () => Endpoint, key: string, body: Uint8Array): Promise<void> {
  for (;;) {
    const { url, region, accessKeyId, secretAccessKey } = current();
    const s3 = new S3Client({
      endpoint: url,
      region,
      credentials: { accessKeyId, secretAccessKey },
      forcePathStyle: true,
      maxAttempts: 1,
    });
    try {
      await s3.send(new PutObjectCommand({ Bucket: 'systole-uploads', Key: key, Body: body }));
      return;
    } catch {
      await sleep(200);
    } finally {
      s3.destroy();
    }
  }
}

/** Waits until nothing moves any more and as many files as expected were seen. */
async function settled(target: Target, recordings: number, prefix = ''): Promise<void> {
  for (;;) {
    const now = await overview(target.database, prefix);
    const { scored, rejected, failed } = now.recordings;
    if (scored + rejected + failed >= recordings && now.recordings.ready + now.recordings.dispatched === 0)
      return;
    await sleep(300);
  }
}

/** Every recording scored once: one row a label, and no recording twice. */
async function expectScoredOnce(target: Target, recordings: number): Promise<void> {
  const [rows] = await target.database.query<{
    scored: number;
    predictions: number;
    labels: number;
    keys: number;
  }>(
    `select (select count(*) from catalog.recordings where state = 'scored') as scored,
            (select count(*) from ecg.predictions) as predictions,
            (select count(distinct label) from ecg.predictions) as labels,
            (select count(distinct o.key) from catalog.recordings r join catalog.objects o on o.id = r.object_id) as keys`,
  );
  expect(rows!.keys).toBe(recordings);
  expect(rows!.scored).toBe(recordings);
  expect(rows!.predictions).toBe(recordings * rows!.labels);
}

describe('kill -9', () => {
  it('loses nothing and scores nothing twice when cloud, functions and jobs are killed 20 times', async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    console.log(`seed ${seed}`);
    const random = new Random(seed);
    const files = generatedFiles(100, random);
    expect(files).toHaveLength(200);
    const cloud = new CloudProcess(join(folder, 'cloud'));
    let endpoint = await cloud.start();
    let uploading = true;
    const upload = (async () => {
      let next = 0;
      await Promise.all(
        Array.from({ length: 4 }, async () => {
          while (next < files.length) {
            const { key, body } = files[next++]!;
            await putUntilAcknowledged(() => endpoint, key, body);
            await sleep(random.between(0, 150));
          }
        }),
      );
      uploading = false;
    })();
    for (let kills = 0; kills < 20; kills += 1) {
      await sleep(random.between(200, 1700));
      const children = cloud.children();
      // One time in two the cloud itself, else one of the functions and jobs that run.
      if (random.uniform() < 0.5 || children.length === 0) {
        await cloud.kill();
        endpoint = await cloud.start();
      } else {
        try {
          process.kill(children[random.integer(children.length)]!, 'SIGKILL');
        } catch {
          // It had ended by itself.
        }
      }
    }
    await upload;
    expect(uploading).toBe(false);
    const target = endpointTarget(endpoint);
    await settled(target, 100);
    await expectScoredOnce(target, 100);
    const { recordings } = await overview(target.database);
    expect(recordings).toMatchObject({
      scored: 100,
      waiting: 0,
      ready: 0,
      dispatched: 0,
      failed: 0,
      rejected: 0,
    });
    await cloud.stop();
  });
});

describe('an embedded cloud in this process', () => {
  let embedded: Embedded;
  beforeEach(async () => {
    embedded = await startEmbedded({ port: 0, folder: join(folder, 'cloud') });
  });
  afterEach(() => embedded.close());

  const put = (key: string, body: Uint8Array | string) =>
    embedded.target.s3.send(
      new PutObjectCommand({ Bucket: embedded.target.names.bucket('uploads'), Key: key, Body: body }),
    );

  it('scores once when every event comes twice and out of order', async () => {
    const { target } = embedded;
    const files = generatedFiles(20, new Random(3));
    await Promise.all(files.map(({ key, body }) => put(key, body)));
    await settled(target, 20);
    const objects = await target.database.query<{
      key: string;
      version: string;
      sequencer: string;
      size: number;
      etag: string;
    }>('select key, version_id as version, sequencer, size, etag from catalog.objects order by id desc');
    for (const { key, version, sequencer, size, etag } of objects) {
      const record = {
        eventName: 'ObjectCreated:Put',
        s3: {
          bucket: { name: target.names.bucket('uploads') },
          object: { key: encodeURIComponent(key), versionId: version, sequencer, size, eTag: etag },
        },
      };
      const MessageBody = JSON.stringify({ Records: [record] });
      await target.sqs.send(
        new SendMessageCommand({ QueueUrl: target.names.queueUrl('ingest'), MessageBody }),
      );
    }
    // Drained: nothing visible, nothing in flight, nothing dead.
    await sleep(3000);
    await settled(target, 20);
    await expectScoredOnce(target, 20);
  });

  it('rejects three rotten files among 50 with their reasons, and scores the rest', async () => {
    const { target } = embedded;
    const files = generatedFiles(25, new Random(4));
    const rotten: { key: string; body: Uint8Array | string }[] = [
      { key: 'empty.dat', body: '' },
      { key: 'notes.dcm', body: 'This is a letter, not a picture.\n' },
      { key: 'broken.hea', body: 'broken 12 500 5000\nbroken.dat 16 1000/mV 16 0 x y z\n' },
    ];
    await Promise.all([...files, ...rotten].map(({ key, body }) => put(key, body)));
    await settled(target, 25);
    const refused = await target.database.query<{ key: string; reason: string }>(
      `select key, reason from catalog.objects where state = 'rejected' order by key`,
    );
    expect(refused).toEqual([
      { key: 'broken.hea', reason: 'header_syntax' },
      { key: 'empty.dat', reason: 'empty' },
      { key: 'notes.dcm', reason: 'unrecognised' },
    ]);
    await expectScoredOnce(target, 25);
  });

  it('scores all that came while the database was away for 30 s', async () => {
    const { target, cloud } = embedded;
    const files = generatedFiles(20, new Random(5));
    cloud.database.pauseUntil(new Date(Date.now() + 30_000));
    await Promise.all(files.map(({ key, body }) => put(key, body)));
    await settled(target, 20);
    await expectScoredOnce(target, 20);
  });
});

describe('a disk that refuses', () => {
  it('refuses what it cannot keep, keeps what it acknowledged, and goes on when there is room again', async () => {
    const flag = join(folder, 'disk-is-full');
    process.env.SYSTOLE_TEST_DISK_FLAG = flag;
    const cloud = new CloudProcess(join(folder, 'cloud'), join(import.meta.dirname, 'disk-refuses.mjs'));
    const endpoint = await cloud.start();
    const target = endpointTarget(endpoint);
    const files = generatedFiles(20, new Random(6));
    for (const { key, body } of files.slice(0, 20)) await putUntilAcknowledged(() => endpoint, key, body);
    await writeFile(flag, '');
    const s3 = new S3Client({
      endpoint: endpoint.url,
      region: endpoint.region,
      credentials: { accessKeyId: endpoint.accessKeyId, secretAccessKey: endpoint.secretAccessKey },
      forcePathStyle: true,
      maxAttempts: 1,
    });
    const { key, body } = files[20]!;
    await expect(
      s3.send(new PutObjectCommand({ Bucket: 'systole-uploads', Key: key, Body: body })),
    ).rejects.toThrow();
    await sleep(3000);
    await rm(flag);
    for (const file of files.slice(20)) await putUntilAcknowledged(() => endpoint, file.key, file.body);
    await settled(target, 20);
    await expectScoredOnce(target, 20);
    await cloud.stop();
    delete process.env.SYSTOLE_TEST_DISK_FLAG;
  });
});
