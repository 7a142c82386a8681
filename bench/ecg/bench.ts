/**
 * One core: reading a WFDB record (12 leads, 10 s at 500 Hz, header and .mat from the disk) and bringing it through
 * DSAIL_SNU's preprocessing, beside scipy doing the same in the same run, turn by turn, both warm. scipy.io.loadmat reads
 * the .mat alone and gives its 16-bit matrix as it lies there; Systole reads the header too, verifies lengths, checksums
 * and initial values, and gives each lead by itself in floats. Without python3 and scipy (Debian: python3-scipy) only
 * Systole's side is measured. Then what the page of a recording costs.
 *
 *     npx tsx bench/ecg/bench.ts [--rounds 10]
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from '../../cli/table.ts';
import { parseHeader } from '../../shared/ecg/formats/wfdb/header.ts';
import { readSignals } from '../../shared/ecg/formats/wfdb/read-signals.ts';
import { writeRecord } from '../../shared/ecg/formats/wfdb/write-record.ts';
import { type GeneratedKind, generatedKinds, generateEcg } from '../../shared/ecg/generator.ts';
import { dsailPreprocessing, preprocess, superclassPreprocessing } from '../../shared/ecg/preprocessing.ts';
import type { Recording } from '../../shared/ecg/recording.ts';
import { ecgPage } from '../../shared/reports/ecg-page.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string' } } });
const rounds = Number(values.rounds ?? 10);
const folder = await mkdtemp(join(tmpdir(), 'systole-bench-ecg-'));
const kinds = Object.keys(generatedKinds) as GeneratedKind[];
const warmUps = 50;
const records = Array.from({ length: 44 }, (_, seed) => `r${seed}`);

function read(record: string): Recording {
  const header = parseHeader(readFileSync(join(folder, `${record}.hea`)));
  return readSignals(header, new Map([[`${record}.mat`, readFileSync(join(folder, `${record}.mat`))]]));
}

const page = (recording: Recording) =>
  ecgPage({
    recordingId: 'bench',
    recording,
    scores: [],
    model: { name: '', version: '' },
    configurationHash: '',
    explanation: 'nothing_called',
    warnings: [],
  });

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

/** Median of the milliseconds that each argument takes. */
function milliseconds<T>(run: (argument: T) => unknown, all: readonly T[]): number {
  return median(
    all.map((argument) => {
      const start = performance.now();
      run(argument);
      return performance.now() - start;
    }),
  );
}

try {
  for (const [seed, record] of records.entries()) {
    const { recording } = generateEcg({ kind: kinds[seed % kinds.length]!, seed });
    for (const [name, bytes] of writeRecord(recording, { record, format: 16, container: 'mat' }))
      await writeFile(join(folder, name), bytes);
  }
  const recordings = records.map(read);
  // As in a process that has been up for a while: what is measured is the compiled code.
  for (let round = 0; round < warmUps; round++) records.forEach(read);
  const python = ['python3', '/usr/bin/python3'].find(
    (command) => spawnSync(command, ['-c', 'import scipy']).status === 0,
  );
  const peer =
    python === undefined
      ? undefined
      : spawn(python, [fileURLToPath(new URL('peer.py', import.meta.url)), folder], {
          stdio: ['pipe', 'pipe', 'inherit'],
          env: { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' },
        });
  const answers = peer && createInterface({ input: peer.stdout })[Symbol.asyncIterator]();

  const ours = {
    read: [] as number[],
    dsail: [] as number[],
    superclass: [] as number[],
    page: [] as number[],
  };
  const theirs = { read: [] as number[], preprocess: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    // Turn by turn: neither works while the other is measured.
    peer?.stdin.write('\n');
    const answer = await answers?.next();
    if (answer !== undefined && !answer.done) {
      const figures = JSON.parse(answer.value) as { read: number; preprocess: number };
      theirs.read.push(figures.read);
      theirs.preprocess.push(figures.preprocess);
    }
    ours.read.push(milliseconds(read, records));
    ours.dsail.push(milliseconds((recording) => preprocess(recording, dsailPreprocessing), recordings));
    ours.superclass.push(
      milliseconds((recording) => preprocess(recording, superclassPreprocessing), recordings),
    );
    ours.page.push(milliseconds(page, recordings));
  }
  peer?.stdin.end();

  const row = (name: string, own: readonly number[], other?: readonly number[]) => {
    const measured = other !== undefined && other.length > 0;
    return [
      name,
      median(own).toFixed(3),
      measured ? median(other).toFixed(3) : '',
      measured ? (median(other) / median(own)).toFixed(1) : '',
    ];
  };
  process.stdout.write(
    table(
      ['12 leads x 5000, ms a recording', 'Systole', 'scipy', 'times faster'],
      [
        row('read header and .mat, checksums verified', ours.read, theirs.read),
        row('DSAIL_SNU preprocessing', ours.dsail, theirs.preprocess),
        row('superclass preprocessing', ours.superclass),
        row('page', ours.page),
      ],
    ),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
