/**
 * Scoring on the embedded cloud: a folder of ECGs from upload to result rows, and the latency of single ECGs at one a
 * second. Beside it what the machine can do in the same run: the same recordings read, preprocessed, scored and drawn
 * in this process, one after the other on one core.
 *
 *     npx systole bench scoring [--folder ../shared/data/ecg/cinc] [--single 60]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { localFiles } from '../cli/files.ts';
import { startEmbedded } from '../cli/open-target.ts';
import { table } from '../cli/table.ts';
import { upload } from '../cli/upload.ts';
import { overview } from '../shared/catalog/overview.ts';
import { root } from '../shared/deployment/bundle.ts';
import { shippedModels } from '../shared/deployment/shipped-models.ts';
import { parseHeader } from '../shared/ecg/formats/wfdb/header.ts';
import { readSignals } from '../shared/ecg/formats/wfdb/read-signals.ts';
import { signalFiles } from '../shared/ecg/formats/wfdb/signal-files.ts';
import { openRuntime } from '../shared/engine/onnx/runtime.ts';
import { SystoleError } from '../shared/errors.ts';
import { ecgPageOf } from '../shared/scoring/ecg-page-of.ts';
import { EdgeModel } from '../shared/scoring/edge-model.ts';
import { explain } from '../shared/scoring/explain.ts';
import { predictionsOf } from '../shared/scoring/predictions.ts';
import { prepareEcg } from '../shared/scoring/prepare-ecg.ts';
import { diskFolder } from '../shared/storage/folder.ts';

const { values } = parseArgs({ options: { folder: { type: 'string' }, single: { type: 'string' } } });
const folder = values.folder ?? join(root, '..', 'shared', 'data', 'ecg', 'cinc');
const singles = Number(values.single ?? 60);
const files = await localFiles([folder]);
const headers = files.filter(({ path }) => path.endsWith('.hea'));
const temporary = await mkdtemp(join(tmpdir(), 'systole-bench-'));

/** Recordings a second that one core does without any cloud around it. */
async function limit(): Promise<number> {
  const shipped = shippedModels().find(({ task }) => task === 'ecg')!;
  const model = await EdgeModel.load(diskFolder(shipped.folder), await openRuntime('onnxruntime-node', 1));
  let start = performance.now();
  for (const [index, { path }] of [...headers.slice(0, 20), ...headers].entries()) {
    // The first ones warm up.
    if (index === 20) start = performance.now();
    const header = parseHeader(await readFile(path));
    const signals = new Map<string, Uint8Array>();
    for (const { name } of signalFiles(header)) signals.set(name, await readFile(join(dirname(path), name)));
    try {
      const recording = readSignals(header, signals);
      const { preprocessed, findings } = prepareEcg(recording, model.card.preprocessing);
      const predictions = predictionsOf(model.card, await model.score(preprocessed));
      const explanation =
        model.gradient && (await explain(model.card, model.gradient, preprocessed, predictions));
      ecgPageOf(basename(path), recording, predictions, model.card, findings, explanation);
    } catch (error) {
      if (!(error instanceof SystoleError)) throw error;
    }
  }
  return headers.length / ((performance.now() - start) / 1000);
}

const oneCore = await limit();
const stop = new AbortController().signal;
const { target, close } = await startEmbedded({ port: 0, folder: join(temporary, 'cloud') });
try {
  const ended = async (prefix: string) => {
    const { recordings } = await overview(target.database, prefix);
    return { scored: recordings.scored, all: recordings.scored + recordings.rejected + recordings.failed };
  };
  const rows: string[][] = [];
  // The second time everything is warm, as in a cloud that has been up for a while.
  for (const prefix of ['first/', 'second/']) {
    const start = performance.now();
    await upload(target, files, prefix, stop);
    while ((await ended(prefix)).all < headers.length) await sleep(50);
    const seconds = (performance.now() - start) / 1000;
    const { scored } = await ended(prefix);
    const rate = headers.length / seconds;
    rows.push([
      prefix.slice(0, -1),
      `${scored}`,
      `${headers.length - scored}`,
      seconds.toFixed(1),
      rate.toFixed(1),
      (rate / (oneCore * availableParallelism())).toFixed(2),
    ]);
  }
  process.stdout.write(
    `${availableParallelism()} cores; one core without a cloud: ${oneCore.toFixed(1)} recordings a second\n\n` +
      table(['upload', 'scored', 'rejected', 's', 'recordings/s', 'share of the limit'], rows),
  );

  const latencies: number[] = [];
  const single = headers[0]!;
  const header = await readFile(single.path);
  const names = signalFiles(parseHeader(header)).map(({ name }) => name);
  for (let index = 0; index < singles; index += 1) {
    const began = performance.now();
    const prefix = `single-${index}/`;
    const put = (key: string, Body: Uint8Array) =>
      target.s3.send(
        new PutObjectCommand({ Bucket: target.names.bucket('uploads'), Key: prefix + key, Body }),
      );
    for (const name of names) await put(name, await readFile(join(dirname(single.path), name)));
    await put(basename(single.path), header);
    const answered = performance.now();
    while ((await ended(prefix)).all < 1) await sleep(5);
    latencies.push(performance.now() - answered);
    await sleep(Math.max(0, 1000 - (performance.now() - began)));
  }
  latencies.sort((a, b) => a - b);
  const quantile = (share: number) =>
    `${latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))]!.toFixed(0)} ms`;
  process.stdout.write(
    `\n${singles} single ECGs, one a second, from the last PutObject's answer to the row:\n` +
      table(['median', '95 %', 'worst'], [[quantile(0.5), quantile(0.95), quantile(1)]]),
  );
} finally {
  await close();
  await rm(temporary, { recursive: true, force: true });
}
