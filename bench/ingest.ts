/**
 * Ingest on the embedded cloud: small DICOM files from upload to indexed row, sustained, with the cost a file at growing
 * sizes of the catalog. Beside it what the machine itself can do in the same run: the same uploads to a server that
 * does nothing.
 *
 *     npx systole bench ingest [--files 10000] [--upto 100000]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startEmbedded } from '../cli/open-target.ts';
import { table } from '../cli/table.ts';
import { writeDicom } from '../shared/echo/dicom/write.ts';

const { values } = parseArgs({ options: { files: { type: 'string' }, upto: { type: 'string' } } });
const files = Number(values.files ?? 10_000);
const upto = Number(values.upto ?? files);
const concurrency = 32;
const placeholder = '000000000000';

/** A small ultrasound still: 16 x 16 pixels and a header as scanners write it. */
function smallInstance(): Buffer {
  const text = (tag: number, vr: string, value: string) => ({ tag, vr, value });
  return Buffer.from(
    writeDicom({
      transferSyntaxUid: '1.2.840.10008.1.2.1',
      elements: [
        text(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.6.1'),
        text(0x00080018, 'UI', `2.25.1${placeholder}`),
        text(0x00080020, 'DA', '20200101'),
        text(0x00080060, 'CS', 'US'),
        text(0x00081090, 'LO', 'GENERATED'),
        text(0x0020000d, 'UI', '2.25.2'),
        text(0x0020000e, 'UI', '2.25.3'),
        { tag: 0x00280002, vr: 'US', value: [1] },
        text(0x00280004, 'CS', 'MONOCHROME2'),
        { tag: 0x00280010, vr: 'US', value: [16] },
        { tag: 0x00280011, vr: 'US', value: [16] },
        { tag: 0x00280100, vr: 'US', value: [8] },
        { tag: 0x00280101, vr: 'US', value: [8] },
        { tag: 0x00280102, vr: 'US', value: [7] },
        { tag: 0x00280103, vr: 'US', value: [0] },
        { tag: 0x7fe00010, vr: 'OB', value: new Uint8Array(256) },
      ],
    }),
  );
}

const folder = await mkdtemp(join(tmpdir(), 'systole-bench-'));
const template = join(folder, 'template.dcm');
const instance = smallInstance();
await writeFile(template, instance);
const patchAt = instance.lastIndexOf(placeholder);

async function upload(endpoint: object, bucket: string, first: number, count: number): Promise<void> {
  const options = { ...endpoint, bucket, prefix: 'bench/', first, count, concurrency, template, patchAt };
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'uploader.mjs'), JSON.stringify(options)],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the uploader ended with ${code}`);
}

async function limit(): Promise<number> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, { etag: '"0"' }).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const count = Math.min(files, 3000);
  const start = performance.now();
  await upload(
    { endpoint, region: 'eu-central-1', accessKeyId: 'A', secretAccessKey: 'S' },
    'nothing',
    0,
    count,
  );
  const rate = count / ((performance.now() - start) / 1000);
  server.closeAllConnections();
  server.close();
  return rate;
}

const { cloud, target, close } = await startEmbedded({
  port: 0,
  folder: join(folder, 'cloud'),
  functions: ['ingest'],
});
try {
  const nothing = await limit();
  const { url, ...key } = cloud.endpoint;
  const rows: string[][] = [];
  let before = 0;
  for (const size of [1000, files, upto]
    .filter((value, index, all) => all.indexOf(value) === index)
    .sort((a, b) => a - b)) {
    const count = size - before;
    if (count <= 0) continue;
    const start = performance.now();
    await upload({ endpoint: url, ...key }, target.names.bucket('uploads'), before, count);
    const uploaded = performance.now();
    for (;;) {
      const [row] = await target.database.query<{ n: number }>(
        'select count(*)::int as n from echo.instances',
        {},
      );
      if (row!.n >= size) break;
      await sleep(50);
    }
    const done = performance.now();
    const rate = count / ((done - start) / 1000);
    rows.push([
      `${before} to ${size}`,
      rate.toFixed(0),
      ((done - start) / count).toFixed(2),
      ((done - uploaded) / 1000).toFixed(2),
      (rate / nothing).toFixed(2),
    ]);
    process.stderr.write(`${size} files indexed, ${rate.toFixed(0)} a second\n`);
    before = size;
  }
  process.stdout.write(
    `${availableParallelism()} cores; uploads alone, to a server that does nothing: ${nothing.toFixed(0)} a second\n\n` +
      table(
        [
          'files in the catalog',
          'files/s',
          'ms a file',
          'last row after last upload, s',
          'share of the limit',
        ],
        rows,
      ),
  );
} finally {
  await close();
  await rm(folder, { recursive: true, force: true });
}
