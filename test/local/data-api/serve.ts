import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { bundleWorker } from '../../../local/data-api/bundle-worker.ts';
import { DataApi, type DataApiOptions } from '../../../local/data-api/data-api.ts';

const build = fileURLToPath(new URL('../../../.systole/build', import.meta.url));
const templates = fileURLToPath(new URL('../../../.systole/templates', import.meta.url));

export const names = {
  resourceArn: 'arn:aws:rds:eu-central-1:000000000000:cluster:systole',
  secretArn: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:systole',
  database: 'systole',
} as const;

export interface Served {
  readonly api: DataApi;
  readonly server: Server;
  readonly root: string;
  readonly endpoint: string;
  readonly client: RDSDataClient;
  close(): Promise<void>;
}

/** A Data API on a port of its own over an empty database, and a client of it. */
export async function serve(options: Partial<DataApiOptions> = {}): Promise<Served> {
  const root = options.root ?? (await mkdtemp(join(tmpdir(), 'systole-data-api-')));
  const worker = await bundleWorker(build);
  const api = await DataApi.open({ templates, worker, database: names.database, ...options, root });
  const server = createServer((request, response) => void api.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = clientOf(endpoint);
  const close = async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await api.close();
    if (options.root === undefined) await rm(root, { recursive: true, force: true });
  };
  return { api, server, root, endpoint, client, close };
}

export function clientOf(endpoint: string): RDSDataClient {
  return new RDSDataClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
}
