/**
 * Inference and training of the published nets, beside PyTorch on the same machine where Debian's python3-torch is
 * installed: milliseconds a record, the ratio (above 1: faster than PyTorch), GFLOP/s, their share of what the
 * machine's best convolution reaches, and the largest resident set of either process. Both take turns, so that a
 * busy machine slows both.
 *
 *     npx systole bench engine [--nets dsail,unet] [--modes forward,step] [--threads 1,2] [--batch 32,1]
 *                              [--seconds 3] [--rounds 3] [--clock wall|cpu] [--engine onnxruntime-node]
 *
 * `--clock cpu` takes the processor time of the processes instead: for a machine that others use too.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { build } from 'esbuild';
import { table } from '../../cli/table.ts';
import type { EngineName } from '../../shared/engine/engine.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { conv2d } from '../../shared/nets/layers.ts';
import { Parameters } from '../../shared/nets/parameters.ts';
import { benchNet, multiplyAdds, netNames } from './nets.ts';

const { values } = parseArgs({
  options: {
    nets: { type: 'string' },
    modes: { type: 'string', default: 'forward,step' },
    threads: { type: 'string', default: '1,2' },
    batch: { type: 'string' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    clock: { type: 'string', default: 'wall' },
    engine: { type: 'string' },
  },
});
const list = (text: string) => text.split(',');
const numbers = (text: string) => list(text).map(Number);

/** Batches at which the nets are measured: images are large. */
const batches: Readonly<Record<string, string>> = { dsail: '32,1', unet: '1', vgg: '4' };

interface Measurement {
  readonly milliseconds: number;
  readonly peakMegabytes: number;
}

/** A process that measures for as many seconds as it is told. */
class Runner {
  readonly #input: Writable;
  readonly #answers: AsyncIterator<string>;

  constructor(command: string, args: readonly string[]) {
    const { stdin, stdout } = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#input = stdin;
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  async measure(seconds: number): Promise<Measurement> {
    this.#input.write(`${seconds}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error('A measuring process ended early.');
    return JSON.parse(value) as Measurement;
  }

  end(): void {
    this.#input.end();
  }
}

function now(): number {
  if (values.clock === 'wall') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** GFLOP/s of a 3x3 convolution of 128 channels on 56 x 56 pixels, the kind that runs best. */
async function bestConvolution(prefer: EngineName | undefined, threads: number): Promise<number> {
  const engine = await openEngine({ prefer, threads });
  const shape = [4, 56, 56, 128];
  const compiled = await engine.compileForward({
    forward: ({ x }, pass) => ({
      y: conv2d(pass, x as Tensor4D, 'c', { filters: 128, kernel: [3, 3], padding: 'same', bias: false }),
    }),
    parameters: new Parameters(1),
    inputs: { x: { shape, dtype: 'float32' } },
  });
  const x = new Float32Array(shape.reduce((p, q) => p * q, 1)).fill(0.5);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 20; i++) {
    const start = now();
    await compiled.run({ x });
    best = Math.min(best, now() - start);
  }
  await compiled.dispose();
  return (2 * x.length * 128 * 9) / best / 1e6;
}

const engineName = (await openEngine({ prefer: values.engine as EngineName | undefined })).name;
const folder = join(import.meta.dirname, '../../.systole/build/bench');
mkdirSync(folder, { recursive: true });
const program = join(folder, 'measure.mjs');
await build({
  entryPoints: [join(import.meta.dirname, 'measure.ts')],
  outfile: program,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
});
const python = '/usr/bin/python3';
const hasPeer = spawnSync(python, ['-c', 'import torch']).status === 0;
process.stdout.write(
  `engine: ${engineName}; peer: ${hasPeer ? 'PyTorch' : 'none (python3-torch is not installed)'}\n`,
);

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
const rows: string[][] = [];
for (const threads of numbers(values.threads)) {
  const best = await bestConvolution(values.engine as EngineName | undefined, threads);
  for (const name of values.nets === undefined ? netNames : list(values.nets)) {
    const work = multiplyAdds(benchNet(name));
    for (const mode of list(values.modes)) {
      for (const batch of numbers(values.batch ?? batches[name] ?? '32')) {
        if (mode === 'step' && batch === 1 && name === 'dsail') continue;
        const task = [name, mode, String(batch), String(threads)];
        const measured = [...task, values.clock];
        const own = new Runner(process.execPath, [program, ...measured, engineName]);
        const peer = hasPeer
          ? new Runner(python, [join(import.meta.dirname, 'peer.py'), ...measured])
          : undefined;
        const ours: Measurement[] = [];
        const theirs: Measurement[] = [];
        for (let round = 0; round < Number(values.rounds); round++) {
          ours.push(await own.measure(Number(values.seconds)));
          if (peer !== undefined) theirs.push(await peer.measure(Number(values.seconds)));
        }
        own.end();
        peer?.end();
        const milliseconds = median(ours.map((one) => one.milliseconds));
        const speed = (2 * work * batch * (mode === 'step' ? 3 : 1)) / milliseconds / 1e6;
        const row = [
          ...task,
          (milliseconds / batch).toFixed(2),
          speed.toFixed(0),
          `${((100 * speed) / best).toFixed(0)}%`,
          ours.at(-1)!.peakMegabytes.toFixed(0),
        ];
        if (theirs.length > 0) {
          const other = median(theirs.map((one) => one.milliseconds));
          const memory = theirs.at(-1)!.peakMegabytes.toFixed(0);
          row.push((other / batch).toFixed(2), (other / milliseconds).toFixed(2), memory);
        }
        rows.push(row);
        process.stderr.write(`${row.join('  ')}\n`);
      }
    }
  }
}
const head = ['net', 'mode', 'batch', 'threads', 'ms a record', 'GFLOP/s', 'of best', 'MB'];
if (hasPeer) head.push('PyTorch ms', 'ratio', 'PyTorch MB');
process.stdout.write(table(head, rows));
