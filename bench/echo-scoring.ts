/**
 * Echo on the embedded cloud: an apical four-chamber cine of 60 frames from upload to its ejection fraction, one by one;
 * then a study of many cines at once, with the memory of the jobs' processes on the way. The cines are phantoms of
 * 600 x 800 pixels, so that the ejection fraction beside the measured one is the true one.
 *
 *     npx systole bench echo-scoring [--single 3] [--cines 60]
 */
import { Buffer } from 'node:buffer';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { startEmbedded } from '../cli/open-target.ts';
import { table } from '../cli/table.ts';
import { overview } from '../shared/catalog/overview.ts';
import { type PhantomCine, phantomCine } from '../shared/echo/phantom/phantom-cine.ts';
import { phantomDicom } from '../shared/echo/phantom/phantom-dicom.ts';
import { randomPhantom } from '../shared/echo/phantom/random-phantom.ts';

const { values } = parseArgs({ options: { single: { type: 'string' }, cines: { type: 'string' } } });
const singles = Number(values.single ?? 3);
const cines = Number(values.cines ?? 60);
/** Seeds below 100,000 are for training. */
const firstSeed = 200_000;
/** Number of an instance in its UID, to be replaced. */
const placeholder = '1000000001';
/** Milliseconds after which a cine counts as lost. */
const patience = 600_000;

const phantom = (seed: number): PhantomCine => {
  const options = randomPhantom(seed, 'a4c');
  return phantomCine({ ...options, rows: 600, columns: 800, aspect: 4 / 3, frames: 60, frameTimeMs: 33 });
};

const file = (cine: PhantomCine, study: number, instance: string): Uint8Array =>
  phantomDicom(cine, {
    patientName: 'Phantom^Nobody',
    patientId: 'phantom',
    studyInstanceUid: `2.25.${study}`,
    seriesInstanceUid: `2.25.${study}.1`,
    sopInstanceUid: `2.25.${study}.1.${instance}`,
  });

/** Resident memory of a job's process at one moment. */
interface Sample {
  readonly program: string;
  readonly pid: string;
  /** Milliseconds. */
  readonly at: number;
  readonly mebibytes: number;
}

/** Watches the jobs' processes, which are children of this one, until told to stop. */
function watchJobs(): { samples: readonly Sample[]; stop: () => void } {
  const samples: Sample[] = [];
  const list = promisify(execFile);
  const timer = setInterval(() => {
    const at = performance.now();
    list('ps', ['-axo', 'pid=,ppid=,rss=,args=']).then(
      ({ stdout }) => {
        for (const line of stdout.split('\n')) {
          const [pid, parent, rss, ...args] = line.trim().split(/\s+/);
          const tether = args.findIndex((argument) => basename(argument) === 'tether.mjs');
          if (pid === undefined || Number(parent) !== process.pid || tether < 0) continue;
          const program = basename(args[tether + 1] ?? '', '.mjs');
          samples.push({ program, pid, at, mebibytes: Number(rss) / 1024 });
        }
      },
      () => {}, // A process list that fails is one sample fewer.
    );
  }, 250);
  return { samples, stop: () => clearInterval(timer) };
}

/** The most that a process of each program had in each quarter of the time. */
function byQuarter(samples: readonly Sample[], start: number, seconds: number): string[][] {
  return [...new Set(samples.map(({ program }) => program))].sort().map((program) => {
    const own = samples.filter((sample) => sample.program === program);
    const quarters = [0, 1, 2, 3].map((quarter) => {
      const within = own.filter(({ at }) => Math.floor((4 * (at - start)) / (1000 * seconds)) === quarter);
      return within.length === 0 ? '-' : Math.max(...within.map(({ mebibytes }) => mebibytes)).toFixed(0);
    });
    return [program, `${new Set(own.map(({ pid }) => pid)).size}`, ...quarters];
  });
}

const folder = await mkdtemp(join(tmpdir(), 'systole-bench-'));
const { target, close } = await startEmbedded({ port: 0, folder: join(folder, 'cloud') });

const put = (key: string, Body: Uint8Array) =>
  target.s3.send(new PutObjectCommand({ Bucket: target.names.bucket('uploads'), Key: key, Body }));

/** Waits until so many recordings below the prefix have ended, and tells their answers. */
async function answers(prefix: string, count: number) {
  const end = performance.now() + patience;
  for (;;) {
    const { recordings } = await overview(target.database, prefix);
    if (recordings.scored + recordings.rejected + recordings.failed >= count) break;
    if (performance.now() > end) throw new Error(`not all of ${count} cines were scored: ${prefix}`);
    await sleep(50);
  }
  return target.database.query<{ state: string; view: string | null; ef: number | null; reasons: string }>(
    `select r.state, c.view, m.ef, coalesce(m.reasons::text, '') as reasons
     from catalog.recordings r join catalog.objects o on o.id = r.object_id
     left join measurement.instances m on m.recording_id = r.id
     left join classification.predictions c on c.recording_id = r.id
     where starts_with(o.key, :prefix)`,
    { prefix },
  );
}

try {
  process.stdout.write(`${availableParallelism()} cores\n\nOne cine of 60 frames, from upload to its row:\n`);
  const rows: string[][] = [];
  for (let single = 0; single < singles; single++) {
    const cine = phantom(firstSeed + single);
    const bytes = file(cine, firstSeed + single, '1');
    const start = performance.now();
    await put(`single-${single}/cine.dcm`, bytes);
    const [answer] = await answers(`single-${single}/`, 1);
    const seconds = (performance.now() - start) / 1000;
    rows.push([
      seconds.toFixed(1),
      (bytes.length / 1e6).toFixed(1),
      answer!.state,
      answer!.view ?? '-',
      answer!.ef?.toFixed(1) ?? '-',
      cine.truth.ef.toFixed(1),
      answer!.reasons,
    ]);
  }
  process.stdout.write(table(['s', 'MB', 'state', 'view', 'EF', 'true EF', 'reasons'], rows));

  if (cines > 0) {
    const study = firstSeed + singles;
    const cine = phantom(study);
    const template = Buffer.from(file(cine, study, placeholder));
    const watch = watchJobs();
    const start = performance.now();
    for (let instance = 0; instance < cines; instance++) {
      // The same pixels under another UID are another instance; it stands in the file twice.
      const bytes = Buffer.from(template);
      for (let place = bytes.indexOf(placeholder); place >= 0; place = bytes.indexOf(placeholder, place + 1))
        bytes.write(String(instance).padStart(placeholder.length, '1'), place, 'latin1');
      await put(`study/${instance}.dcm`, bytes);
    }
    const uploaded = performance.now();
    const all = await answers('study/', cines);
    const seconds = (performance.now() - start) / 1000;
    watch.stop();
    const measured = all.filter(({ ef }) => ef !== null).length;
    process.stdout.write(
      `\nA study of ${cines} cines: ${((uploaded - start) / 1000).toFixed(1)} s to upload, ${seconds.toFixed(1)} s to the last row, ${measured} with an ejection fraction\n\nThe most memory of a job's process in each quarter of that time, MiB:\n`,
    );
    process.stdout.write(
      table(
        ['program', 'processes', 'first', 'second', 'third', 'fourth'],
        byQuarter(watch.samples, start, seconds),
      ),
    );
  }
} finally {
  await close();
  await rm(folder, { recursive: true, force: true });
}
