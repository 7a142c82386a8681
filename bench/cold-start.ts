/**
 * The functions' packages as they go to AWS: their size, their initialisation in a fresh process, and for the score
 * function the whole cold start: from the start of the process to the answer of its first message, with everything that
 * lies between (modules, the model from S3, its session, the recording, the page, the rows).
 *
 *     npx systole bench cold-start [--runs 9]
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { startEmbedded } from '../cli/open-target.ts';
import { table } from '../cli/table.ts';
import { localNames } from '../local/names.ts';
import { buildAll } from '../shared/deployment/build.ts';
import { copyOnnxRuntime } from '../shared/deployment/bundle.ts';
import { environmentOf, type FunctionName, functions } from '../shared/deployment/description.ts';
import { writeRecord } from '../shared/ecg/formats/wfdb/write-record.ts';
import { generateEcg } from '../shared/ecg/generator.ts';

const { values } = parseArgs({ options: { runs: { type: 'string' } } });
const runs = Number(values.runs ?? 9);
const build = await buildAll();
const folder = mkdtempSync(join(tmpdir(), 'systole-package-'));
const sizeOf = (path: string): number =>
  statSync(path).isDirectory()
    ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
    : statSync(path).size;
const sdkEnvironment = {
  AWS_REGION: 'eu-central-1',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};
const keys = ({ accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string }) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
});
const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(2);

const execute = promisify(execFile);

/** Median milliseconds from the start of a process to the number that its last line prints. */
async function startOf(code: string, environment: Record<string, string>, cwd: string): Promise<number> {
  const file = join(cwd, 'start.mjs');
  writeFileSync(file, code);
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const env = { ...environment, PATH: process.env.PATH ?? '' };
    const { stdout } = await execute(process.execPath, [file], { cwd, env });
    times.push(Number(stdout.trim().split('\n').at(-1)));
  }
  return times.sort((x, y) => x - y)[times.length >> 1]!;
}

/** Median milliseconds from the start of the score function's process to the end of its first message. */
async function firstScore(place: string): Promise<number> {
  const { cloud, target, close } = await startEmbedded({
    port: 0,
    folder: join(folder, 'cloud'),
    functions: ['ingest'],
  });
  try {
    const { recording } = generateEcg({ kind: 'sinus-rhythm', seed: 1 });
    for (const [key, body] of writeRecord(recording, { record: 'cold', format: 16, container: 'mat' }))
      await target.objects.put(
        { bucket: target.names.bucket('uploads'), key },
        body,
        'application/octet-stream',
      );
    let message: string | undefined;
    while (message === undefined) {
      const [row] = await target.database.query<{ id: string; source: unknown }>(
        `select r.id::text as id, catalog.source_of(r) as source from catalog.recordings r where r.state = 'ready'`,
      );
      if (row !== undefined) message = JSON.stringify(row);
      else await sleep(50);
    }
    const event = JSON.stringify({ Records: [{ messageId: '1', body: message }] });
    return await startOf(
      `const { handler } = await import('./index.mjs');
       const answer = await handler(${event}, {});
       if (answer.batchItemFailures.length > 0) throw new Error('it failed');
       console.log(process.uptime() * 1000);
       process.exit(0);`,
      {
        ...environmentOf('score', target.names),
        ...sdkEnvironment,
        AWS_ENDPOINT_URL: cloud.endpoint.url,
        ...keys(cloud.endpoint),
      },
      place,
    );
  } finally {
    await close();
  }
}

try {
  const rows: string[][] = [];
  for (const name of Object.keys(functions) as FunctionName[]) {
    const place = join(folder, name);
    mkdirSync(place);
    cpSync(build.functionFile(name), join(place, 'index.mjs'));
    if (functions[name].external.length > 0) copyOnnxRuntime(place);
    const size = sizeOf(place);
    const environment = {
      ...environmentOf(name, localNames('http://127.0.0.1:1')),
      ...sdkEnvironment,
      ...keys({ accessKeyId: 'A', secretAccessKey: 'S' }),
    };
    const milliseconds = await startOf(
      `await import('./index.mjs'); console.log(process.uptime() * 1000); process.exit(0);`,
      environment,
      place,
    );
    rows.push([
      name,
      mebibytes(statSync(join(place, 'index.mjs')).size),
      mebibytes(size),
      milliseconds.toFixed(0),
    ]);
  }
  const first = await firstScore(join(folder, 'score'));
  const empty = await startOf('console.log(process.uptime() * 1000)', {}, folder);
  process.stdout.write(
    `Node alone: ${empty.toFixed(0)} ms to its first line\n\n` +
      table(['function', 'bundle MiB', 'package MiB', 'init ms (median)'], rows) +
      `\nscore, from the start of its process to its first recording's rows: ${first.toFixed(0)} ms (median of ${runs})\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
