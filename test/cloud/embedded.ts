import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { vi } from 'vitest';
import { type Embedded, startEmbedded } from '../../cli/open-target.ts';
import { type Outcome, outcomes } from '../../shared/catalog/overview.ts';
import type { FunctionName } from '../../shared/deployment/description.ts';

/** An embedded cloud of this process in a temporary folder, as a test uses it. */
export class TestCloud {
  readonly folder: string;
  readonly embedded: Embedded;

  private constructor(folder: string, embedded: Embedded) {
    this.folder = folder;
    this.embedded = embedded;
  }

  static async open(options: { functions?: readonly FunctionName[] } = {}): Promise<TestCloud> {
    const folder = await mkdtemp(join(tmpdir(), 'systole-cloud-'));
    try {
      return new TestCloud(folder, await startEmbedded({ port: 0, folder, ...options }));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get target() {
    return this.embedded.target;
  }

  async close(): Promise<void> {
    await this.embedded.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** @returns the version of the new object */
  async put(key: string, body: Uint8Array | string): Promise<string> {
    const { VersionId } = await this.target.s3.send(
      new PutObjectCommand({ Bucket: this.target.names.bucket('uploads'), Key: key, Body: body }),
    );
    return VersionId!;
  }

  query<T extends object>(sql: string, parameters = {}): Promise<T[]> {
    return this.target.database.query<T>(sql, parameters);
  }

  /** What became of the uploads below a prefix, once it is as the test expects. */
  async until(
    prefix: string,
    arrived: (all: readonly Outcome[]) => boolean,
    seconds = 50,
  ): Promise<Outcome[]> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const all: Outcome[] = [];
      for await (const outcome of outcomes(this.target.database, prefix)) all.push(outcome);
      if (arrived(all)) return all;
      if (Date.now() > end)
        throw new Error(
          `after ${seconds} s: ${all.map(({ key, state, reason }) => `${key} ${state} ${reason ?? ''}`).join(', ')}`,
        );
      await sleep(150);
    }
  }

  /** The outcome of one key once its state is one of those given. */
  async outcomeOf(key: string, ...states: string[]): Promise<Outcome> {
    const [outcome] = await this.until(key, (all) =>
      all.some((one) => one.key === key && states.includes(one.state)),
    );
    return outcome!;
  }

  /** Keys of the results bucket. */
  async results(prefix: string): Promise<string[]> {
    const Bucket = this.target.names.bucket('results');
    const { Contents } = await this.target.s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: prefix, MaxKeys: 1000 }),
    );
    return (Contents ?? []).map(({ Key }) => Key!);
  }

  resultText(key: string): Promise<string> {
    return this.target.objects.text({ bucket: this.target.names.bucket('results'), key });
  }

  /** Polls until `look` gives something. */
  async eventually<T>(look: () => Promise<T | undefined>, seconds = 50): Promise<T> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`it did not come within ${seconds} s`);
      await sleep(150);
    }
  }
}

/** What `work` writes to stdout and stderr of this process. */
export async function spoken(work: () => Promise<unknown>): Promise<{ out: string; err: string }> {
  const said = { out: '', err: '' };
  const listen = (stream: 'out' | 'err') => (text: unknown) => {
    said[stream] += String(text);
    return true;
  };
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(listen('out'));
  const err = vi.spyOn(process.stderr, 'write').mockImplementation(listen('err'));
  try {
    await work();
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
  return said;
}
