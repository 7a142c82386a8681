/**
 * One net on one engine, for bench.ts: as peer.py, runs for as many seconds as each line of stdin says and answers
 * with the median of a run in milliseconds and the largest resident set in megabytes.
 *
 *     measure.ts NET forward|step BATCH THREADS wall|cpu ENGINE
 */
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs-core';
import type { EngineName } from '../../shared/engine/engine.ts';
import { openEngine } from '../../shared/engine/open-engine.ts';
import { adam } from '../../shared/learning/optimizers/adam.ts';
import { Parameters } from '../../shared/nets/parameters.ts';
import { benchNet } from './nets.ts';

const [name, mode, batchText, threads, clock, prefer] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const net = benchNet(name);
const batch = Number(batchText);
const engine = await openEngine({ prefer: prefer as EngineName, threads: Number(threads) });
const parameters = new Parameters(1);
const shape = [batch, ...net.input.shape.slice(1)];
const x = Float32Array.from({ length: shape.reduce((p, q) => p * q, 1) }, (_, i) => Math.sin(i * i));
const inputs = { x: { shape, dtype: 'float32' as const } };

async function prepare(): Promise<() => Promise<unknown>> {
  if (mode === 'forward') {
    const forward = await engine.compileForward({
      forward: (tensors, pass) => ({ y: net.forward(pass, tensors.x!) }),
      parameters,
      inputs,
    });
    return () => forward.run({ x });
  }
  const step = await engine.compileStep({
    loss(tensors, pass) {
      const logits = net.forward(pass, tensors.x!);
      // The first class of every record or pixel, as in the peer.
      const first = tf.slice(logits, new Array(logits.rank).fill(0), [...logits.shape.slice(0, -1), 1]);
      const sum = tf.sub(tf.sum(tf.softplus(logits)), tf.sum(first));
      return { loss: tf.div(sum, logits.size) as tf.Scalar };
    },
    parameters,
    optimizer: adam({ weightDecay: 5e-4, decays: () => true }),
    inputs,
    seed: 1,
  });
  return () => step.run({ x }, { learningRate: 1e-3 });
}

/** Wall-clock time, or the processor time of the whole process. */
function now(): number {
  if (clock === 'wall') return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const run = await prepare();
for (let i = 0; i < 2; i++) await run();
for await (const line of createInterface({ input: process.stdin })) {
  const times: number[] = [];
  const end = performance.now() + 1000 * Number(line);
  while (performance.now() < end || times.length < 3) {
    const start = now();
    await run();
    times.push(now() - start);
  }
  times.sort((a, b) => a - b);
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(`${JSON.stringify({ milliseconds: times[times.length >> 1], peakMegabytes })}\n`);
}
process.exit(0);
