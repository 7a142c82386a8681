// A process with an object store, to be killed: prints its port, then a line for each event that it delivers.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ObjectStore } from '../../../local/s3/object-store.ts';
import { user } from './serve.ts';

const store = await ObjectStore.open({
  root: process.argv[2]!,
  buckets: { uploads: { events: true } },
  region: 'eu-central-1',
  credentials: (id) => (id === user.accessKeyId ? user : undefined),
  deliver: async (event) => {
    // Some deliveries are still under way when the process is killed.
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
    process.stdout.write(`${event.s3.object.versionId}\n`);
  },
  report: (error) => console.error(error),
});
const server = createServer((request, response) => void store.handle(request, response));
server.listen(0, '127.0.0.1', () => process.stdout.write(`port ${(server.address() as AddressInfo).port}\n`));
