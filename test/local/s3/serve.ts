import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3EventRecord } from 'aws-lambda';
import { ObjectStore, type ObjectStoreOptions } from '../../../local/s3/object-store.ts';

export const user = { accessKeyId: 'AKIDUSER', secretAccessKey: 'secret of the user', principal: 'user' };
export const reader = {
  accessKeyId: 'AKIDREADER',
  secretAccessKey: 'secret of the reader',
  principal: 'reader',
};

/** An object store behind an HTTP server of its own, in a temporary folder. */
export interface Served {
  readonly root: string;
  readonly endpoint: string;
  readonly server: Server;
  readonly client: S3Client;
  readonly events: S3EventRecord[];
  readonly reports: unknown[];
  clientWith(config: S3ClientConfig): S3Client;
  /** Closes the store, lets `meanwhile` happen, and opens it again on the same folder and port. */
  reopen(meanwhile?: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export async function serve(options: Partial<ObjectStoreOptions> = {}): Promise<Served> {
  const root = await mkdtemp(join(tmpdir(), 'systole-s3-'));
  const events: S3EventRecord[] = [];
  const reports: unknown[] = [];
  const whole: ObjectStoreOptions = {
    root,
    buckets: { uploads: { events: true }, work: { events: false, expireAfterDays: 30 } },
    region: 'eu-central-1',
    credentials: (id) => [user, reader].find((one) => one.accessKeyId === id),
    deliver: async (event) => {
      events.push(event);
    },
    report: (error) => reports.push(error),
    ...options,
  };
  let store = await ObjectStore.open(whole);
  const server = createServer((request, response) => void store.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: S3Client[] = [];
  const clientWith = (config: S3ClientConfig) => {
    const client = new S3Client({
      region: 'eu-central-1',
      endpoint,
      credentials: user,
      maxAttempts: 1,
      ...config,
    });
    clients.push(client);
    return client;
  };
  return {
    root,
    endpoint,
    server,
    client: clientWith({}),
    events,
    reports,
    clientWith,
    async reopen(meanwhile) {
      await store.close();
      await meanwhile?.();
      store = await ObjectStore.open(whole);
    },
    async close() {
      for (const client of clients) client.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
