/**
 * One core: an ultrasound cine of 30 JPEG frames from its bytes to grey 384 x 384 frames, and a frame of RLE to grey and
 * to RGB, beside pydicom, Pillow and OpenCV doing the same in the same run, turn by turn. Then the cine on two cores at
 * once. Without them (Debian: python3-pydicom, python3-pil, python3-opencv) only Systole's side is measured.
 *
 *     npx tsx bench/echo/bench.ts [--cine FILE] [--rle FILE] [--rounds 10]
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from '../../cli/table.ts';
import { root } from '../../shared/deployment/bundle.ts';
import { bytesInMemory } from '../../shared/echo/dicom/byte-source.ts';
import { readHeader } from '../../shared/echo/dicom/header.ts';
import { readInstance } from '../../shared/echo/dicom/instance.ts';
import { FrameReader } from '../../shared/echo/frames/frame-reader.ts';
import { resizer } from '../../shared/echo/frames/resize.ts';

const { values } = parseArgs({
  options: {
    cine: { type: 'string' },
    rle: { type: 'string' },
    rounds: { type: 'string' },
    /** Used by the benchmark itself: decode the cine for two seconds and print how often that was. */
    alone: { type: 'boolean' },
  },
});
const real = join(root, '..', 'shared', 'data', 'echo', 'dicom');
const cine = values.cine ?? join(real, 'pydicom_examples_ybr_color_PLAX_30f_jpegbaseline_ybr422.dcm');
const rle = values.rle ?? join(real, 'dcm4che_YBR_FULL-RLE_Sequoia_1f.dcm');
const rounds = Number(values.rounds ?? 10);

const size = 384;
const small = new Uint8Array(size * size);

async function greyFrames(bytes: Uint8Array): Promise<void> {
  const header = await readHeader(bytesInMemory(bytes));
  const instance = readInstance(header);
  const resize = resizer(instance.rows!, instance.columns!, size, size);
  for await (const { pixels } of new FrameReader(header, instance, 'grey')) resize(pixels, small);
}

async function frames(bytes: Uint8Array, colour: 'grey' | 'rgb'): Promise<void> {
  const header = await readHeader(bytesInMemory(bytes));
  for await (const _ of new FrameReader(header, readInstance(header), colour));
}

/** The least milliseconds of five runs. */
async function milliseconds(run: () => Promise<void>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    await run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

/** Cines a second while `count` processes decode at the same time. */
async function throughput(count: number): Promise<number> {
  const self = [...process.execArgv, fileURLToPath(import.meta.url), '--alone', '--cine', cine];
  const rates = await Promise.all(
    Array.from({ length: count }, async () => {
      const child = spawn(process.execPath, self, { stdio: ['ignore', 'pipe', 'inherit'] });
      let text = '';
      for await (const chunk of child.stdout) text += chunk;
      return Number(text);
    }),
  );
  return rates.reduce((sum, rate) => sum + rate, 0);
}

async function alone(): Promise<void> {
  const bytes = readFileSync(cine);
  for (let i = 0; i < 30; i++) await greyFrames(bytes);
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < 2000) {
    await greyFrames(bytes);
    count++;
  }
  process.stdout.write(String((1000 * count) / (performance.now() - start)));
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

async function compare(): Promise<void> {
  const python = ['python3', '/usr/bin/python3'].find(
    (name) => spawnSync(name, ['-c', 'import cv2, PIL, pydicom']).status === 0,
  );
  const script = fileURLToPath(new URL('peer.py', import.meta.url));
  const peer =
    python === undefined
      ? undefined
      : spawn(python, [script, cine, rle, String(rounds)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const answers =
    peer === undefined ? undefined : createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  const bytes = { cine: readFileSync(cine), rle: readFileSync(rle) };
  const ours = { cine: [] as number[], rleGrey: [] as number[], rleRgb: [] as number[] };
  const theirs = { cine: [] as number[], rle: [] as number[] };
  for (let i = 0; i < 30; i++) await greyFrames(bytes.cine);
  for (let round = 0; round < rounds; round++) {
    // While the peer works on its round this process waits, so that both have the core to themselves.
    peer?.kill('SIGCONT');
    const answer = await answers?.next();
    peer?.kill('SIGSTOP');
    if (answer !== undefined && !answer.done) {
      const figures = JSON.parse(answer.value) as { cine: number; rle: number };
      theirs.cine.push(figures.cine);
      theirs.rle.push(figures.rle);
    }
    ours.cine.push(await milliseconds(() => greyFrames(bytes.cine)));
    ours.rleGrey.push(await milliseconds(() => frames(bytes.rle, 'grey')));
    ours.rleRgb.push(await milliseconds(() => frames(bytes.rle, 'rgb')));
  }
  peer?.kill('SIGCONT');
  if (peer !== undefined && peer.exitCode === null) await once(peer, 'exit');

  const row = (name: string, own: readonly number[], other: readonly number[]) => [
    name,
    median(own).toFixed(2),
    other.length > 0 ? median(other).toFixed(2) : '',
    other.length > 0 ? (median(other) / median(own)).toFixed(1) : '',
  ];
  process.stdout.write(
    table(
      ['ms', 'Systole', 'pydicom', 'times faster'],
      [
        row('cine of JPEG frames to grey 384 x 384', ours.cine, theirs.cine),
        row('RLE to grey', ours.rleGrey, theirs.rle),
        row('RLE to RGB (pydicom leaves YBR)', ours.rleRgb, theirs.rle),
      ],
    ),
  );
  const [one, two] = [await throughput(1), await throughput(2)];
  process.stdout.write(
    table(
      ['cines a second', 'one core', 'two cores', 'times'],
      [['cine of JPEG frames to grey 384 x 384', one.toFixed(1), two.toFixed(1), (two / one).toFixed(2)]],
    ),
  );
}

await (values.alone === true ? alone() : compare());
