import { assumptions } from '../../cli/cost/assumptions.ts';
import { recordingsPerRun } from '../../lambdas/dispatch/dispatch-run.ts';
import { dispatchDelay } from '../../shared/catalog/dispatch-delay.ts';
import { pack, secondsOf } from '../../shared/catalog/pack.ts';
import { route } from '../../shared/catalog/route.ts';
import { functions, programs } from '../../shared/deployment/description.ts';
import type { Settings } from '../../shared/deployment/settings.ts';
import { Random } from '../../shared/random.ts';
import { Hosts } from './hosts.ts';
import { limits } from './limits.ts';
import { Line } from './line.ts';
import { Waits } from './waits.ts';

type Modality = 'ecg' | 'echo';

/** Recordings whose last file is uploaded in one second. Seconds ascend. */
export interface Arrival {
  readonly at: number;
  readonly ecg: number;
  readonly echo: number;
}

export interface Result {
  readonly arrived: number;
  readonly waits: Readonly<Record<Modality, Waits>>;
  readonly byEdge: number;
  readonly byBatch: number;
  /** From the first upload to the last score, in seconds. */
  readonly span: number;
  /** Share of the span for which each stage worked at its limit. */
  readonly busy: Readonly<Record<Stage, number>>;
  readonly databaseSeconds: number;
  readonly ingest: { readonly files: number; readonly invocations: number };
  /** Seconds for which hosts were paid. */
  readonly hosts: Readonly<Record<'cpu' | 'gpu', { readonly spot: number; readonly onDemand: number }>>;
  readonly hostsLost: number;
}

export type Stage = 'ingest' | 'score' | 'cpu' | 'gpu';

/**
 * The queueing system of a deployment, second by second: S3's events, the pollers and concurrency of the functions, the
 * database's pauses, and the job hosts with their starts and losses. What decides is the production's own code: `route`
 * sends a recording to the edge or to Batch, `dispatchDelay` says when, `pack` makes the children, retry rules and attempts say what a lost host
 * costs, and sizes, times and concurrencies are those of the deployment's description.
 */
export function simulate(
  arrivals: Iterable<Arrival>,
  settings: Pick<Settings, 'gpuVcpus' | 'cpuVcpus'>,
  seed = 1,
): Result {
  const random = Random.named(seed, 'scale');
  const uniform = () => random.uniform();
  const cpu = new Hosts(
    { spot: Math.floor(settings.cpuVcpus / programs.preprocess.vcpu), onDemand: 0 },
    limits.hostStart.cpu,
    uniform,
  );
  const slots = Math.floor(settings.gpuVcpus / programs.infer.vcpu);
  const gpu = new Hosts({ spot: slots, onDemand: slots }, limits.hostStart.gpu, uniform);

  const source = arrivals[Symbol.iterator]();
  let next = source.next();
  const start = next.done === true ? 0 : next.value.at;
  const events = {
    usual: { ecg: new Line(), echo: new Line() },
    late: { ecg: new Line(), echo: new Line() },
  };
  const toIngest = { ecg: new Line(), echo: new Line() };
  const toScore = new Line();
  const toBatch = { ecg: new Line(), echo: new Line() };
  const waits = { ecg: new Waits(), echo: new Waits() };
  const filesOf = { ecg: assumptions.ecg.files, echo: 1 };
  const busy: Record<Stage, number> = { ingest: 0, score: 0, cpu: 0, gpu: 0 };
  let now = start;
  let arrived = 0;
  let byEdge = 0;
  let byBatch = 0;
  let files = 0;
  let invocations = 0;
  let ingesting = start;
  let scoring = start;
  let ingestCredit = 0;
  let scoreCredit = 0;
  let wakeAt = Number.POSITIVE_INFINITY;
  let dispatchFreeAt = start;
  let databaseUsed = Number.NEGATIVE_INFINITY;
  let databaseReadyAt = start;
  let databaseSeconds = 0;
  let lastScore = start;
  /** When the last run of echo recordings ends. */
  let echoUntil = start;

  /** Notes a use of the database until `at`. @returns when it answers */
  const useDatabase = (from: number, until: number): number => {
    if (from > databaseUsed + limits.database.pauseAfter) {
      databaseReadyAt = from + limits.database.resume;
      databaseSeconds += limits.database.pauseAfter;
      databaseUsed = from;
    }
    if (until > databaseUsed) {
      databaseSeconds += until - databaseUsed;
      databaseUsed = until;
    }
    return databaseReadyAt;
  };
  const end = (modality: Modality, uploaded: number, count: number, at: number) => {
    waits[modality].add(at - uploaded, count);
    lastScore = Math.max(lastScore, at);
  };

  const dispatch = (modality: Modality, at: number) => {
    const groups = toBatch[modality].take(recordingsPerRun);
    const count = groups.reduce((sum, group) => sum + group.count, 0);
    if (count === 0) return;
    const { children, child } = pack(new Array<Modality>(count).fill(modality));
    const sizes = new Array<number>(children).fill(0);
    for (const index of child) sizes[index]! += 1;
    let group = 0;
    for (const size of sizes) {
      const seconds = (size * secondsOf[modality]) / 2;
      const prepared = cpu.run('preprocess', at, seconds);
      const inferred = prepared.succeeded
        ? gpu.run('infer', prepared.endedAt, seconds)
        : { succeeded: false, endedAt: prepared.endedAt };
      useDatabase(at, inferred.endedAt);
      if (modality === 'echo') echoUntil = Math.max(echoUntil, inferred.endedAt);
      for (let left = size; left > 0; ) {
        const { uploaded, count: there } = groups[group]!;
        const part = Math.min(left, there);
        groups[group]!.count -= part;
        left -= part;
        if (groups[group]!.count === 0) group += 1;
        // What a run that failed had not scored is given back, and claimed by another one.
        if (inferred.succeeded) end(modality, uploaded, part, inferred.endedAt);
        else toBatch[modality].add(uploaded, part);
      }
      if (inferred.succeeded) byBatch += size;
      else wakeAt = Math.min(wakeAt, inferred.endedAt);
    }
  };

  const waiting = () =>
    events.usual.ecg.length +
    events.usual.echo.length +
    events.late.ecg.length +
    events.late.echo.length +
    toIngest.ecg.length +
    toIngest.echo.length +
    toScore.length +
    toBatch.ecg.length +
    toBatch.echo.length;

  while (next.done !== true || waiting() > 0) {
    if (waiting() === 0 && next.done !== true && next.value.at > now) now = next.value.at;
    for (; next.done !== true && next.value.at <= now; next = source.next()) {
      for (const modality of ['ecg', 'echo'] as const) {
        const count = next.value[modality];
        arrived += count;
        const expected = count * limits.s3Event.shareLate;
        const late = Math.floor(expected) + (uniform() < expected % 1 ? 1 : 0);
        events.late[modality].add(now, late);
        events.usual[modality].add(now, count - late);
      }
    }
    for (const modality of ['ecg', 'echo'] as const) {
      for (const [kind, delay] of [
        ['usual', limits.s3Event.usual],
        ['late', limits.s3Event.late],
      ] as const)
        for (const { uploaded, count } of events[kind][modality].takeUntil(now - delay))
          toIngest[modality].add(uploaded, count);
    }

    const fromIngest = functions.ingest.sources[0]!;
    if (toIngest.ecg.length + toIngest.echo.length === 0) {
      ingesting = now;
      ingestCredit = 0;
    } else if (useDatabase(now, now) <= now) {
      const concurrency = polled(now - ingesting, fromIngest.maxConcurrency);
      const seconds = assumptions.ingestSeconds + fromIngest.batchSize * assumptions.ingestSecondsPerFile;
      ingestCredit += (concurrency * fromIngest.batchSize) / seconds;
      const before = files;
      // Echo first: it has the longer way.
      for (const modality of ['echo', 'ecg'] as const) {
        const groups = toIngest[modality].take(Math.floor(ingestCredit / filesOf[modality]));
        const count = groups.reduce((sum, group) => sum + group.count, 0);
        ingestCredit -= count * filesOf[modality];
        files += count * filesOf[modality];
        if (count === 0) continue;
        const ready = toScore.length + toBatch.ecg.length + count;
        const lane = route(modality, ready, 1);
        for (const { uploaded, count: part } of groups)
          (lane === 'edge' ? toScore : toBatch[modality]).add(uploaded, part);
        if (lane === 'batch') {
          const delay = modality === 'ecg' ? 0 : dispatchDelay(toBatch.echo.length, count, echoUntil > now);
          wakeAt = Math.min(wakeAt, now + delay);
        }
      }
      invocations += Math.ceil((files - before) / fromIngest.batchSize);
      if (toIngest.ecg.length + toIngest.echo.length > 0) busy.ingest += 1;
    }

    if (toScore.length === 0) {
      scoring = now;
      scoreCredit = 0;
    } else if (useDatabase(now, now) <= now) {
      scoreCredit +=
        polled(now - scoring, functions.score.sources[0]!.maxConcurrency) / assumptions.ecg.edgeSeconds;
      const groups = toScore.take(Math.floor(scoreCredit));
      for (const { uploaded, count } of groups) {
        scoreCredit -= count;
        byEdge += count;
        end('ecg', uploaded, count, now + 1);
      }
      if (toScore.length > 0) busy.score += 1;
    }

    if (wakeAt <= now && dispatchFreeAt <= now && useDatabase(now, now) <= now) {
      wakeAt = Number.POSITIVE_INFINITY;
      dispatchFreeAt = now + limits.dispatch;
      dispatch('ecg', dispatchFreeAt);
      dispatch('echo', dispatchFreeAt);
      if (toBatch.ecg.length + toBatch.echo.length > 0) wakeAt = Math.min(wakeAt, now + 1);
    }
    now += 1;
  }
  const span = Math.max(1, lastScore - start);
  return {
    arrived,
    waits,
    byEdge,
    byBatch,
    span,
    busy: {
      ingest: busy.ingest / span,
      score: busy.score / span,
      cpu: (cpu.paid.spot + cpu.paid.onDemand) / cpu.size / span,
      gpu: (gpu.paid.spot + gpu.paid.onDemand) / gpu.size / span,
    },
    databaseSeconds,
    ingest: { files, invocations },
    hosts: { cpu: cpu.paid, gpu: gpu.paid },
    hostsLost: cpu.lost + gpu.lost,
  };
}

/** Batches that Lambda has under way, so many seconds after the first message. */
const polled = (seconds: number, most: number): number =>
  Math.min(most, limits.pollers.first + limits.pollers.addedPerSecond * seconds);
