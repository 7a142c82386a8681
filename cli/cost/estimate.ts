import { buckets, functions, queues } from '../../shared/deployment/description.ts';
import { metrics } from '../../shared/metrics.ts';
import { assumptions } from './assumptions.ts';
import type { Prices } from './prices.ts';

/** One line of an estimate. */
export interface CostItem {
  readonly item: string;
  readonly quantity: string;
  /** US dollars. */
  readonly cost: number;
}

export type NetworkChoice = 'public' | 'isolated-1az' | 'isolated-2az';

export const total = (items: readonly CostItem[]): number => items.reduce((sum, { cost }) => sum + cost, 0);

/** Interface endpoints of cdk/network.ts. */
const endpoints = 7;
/** Alarms of cdk/watch.ts: dead letters of each queue and of events, two queues behind, functions, database, failed recordings. */
const alarms = Object.keys(queues).length + 1 + 2 + Object.keys(functions).length + 1 + 1;
const keys = 2;

/** What a month costs in which nothing is uploaded. */
export function idleMonth(prices: Prices, network: NetworkChoice): CostItem[] {
  const a = assumptions;
  const sources = Object.values(functions).flatMap((description) => description.sources);
  // Lambda keeps five long polls of twenty seconds open on each queue.
  const polls = (sources.length * 5 * a.hoursPerMonth * 3600) / 20;
  const every = functions.dispatch.every!;
  const wakes = (a.hoursPerMonth * 3600) / every;
  const zones = network === 'public' ? 0 : network === 'isolated-1az' ? 1 : 2;
  return [
    { item: 'Encryption keys', quantity: `${keys}`, cost: keys * prices.keyMonth },
    { item: 'Database password', quantity: '1 secret', cost: prices.secretMonth },
    {
      item: 'Database storage and backups',
      quantity: `${a.databaseGb} GB each`,
      cost: a.databaseGb * (prices.aurora.gbMonth + prices.backupGbMonth),
    },
    {
      item: 'Database awake for the sweep of the dispatcher',
      quantity: `${Math.round(wakes)} times`,
      cost: wakes * a.databaseTailHours * a.databaseUnits * prices.aurora.capacityUnitHour,
    },
    {
      item: 'Polling of queues',
      quantity: `${(polls / 1e6).toFixed(1)} million`,
      cost: polls * prices.sqsRequest,
    },
    { item: 'Alarms', quantity: `${alarms}`, cost: alarms * prices.alarmMonth },
    { item: 'Job images', quantity: `${a.imageGb} GB`, cost: a.imageGb * prices.ecrGbMonth },
    ...(zones === 0
      ? []
      : [
          {
            item: 'Interface endpoints',
            quantity: `${endpoints} in ${zones} zone${zones === 1 ? '' : 's'}`,
            cost: endpoints * zones * a.hoursPerMonth * prices.endpointHour,
          },
        ]),
  ];
}

/** Invocations, calls and objects of `count` ECGs that come in bulk or one by one. */
function ecgItems(prices: Prices, count: number, bulk: boolean): CostItem[] {
  const a = assumptions;
  const files = count * a.ecg.files;
  const ingestBatch = bulk ? functions.ingest.sources[0]!.batchSize : 1;
  const scoreBatch = bulk ? functions.score.sources[0]!.batchSize : 1;
  const ingests = files / ingestBatch;
  const scores = count / scoreBatch;
  const ingestSeconds = ingests * a.ingestSeconds + files * a.ingestSecondsPerFile;
  const scoreSeconds = count * a.ecg.edgeSeconds;
  // Event, message to score, and of each batch a receipt and a deletion.
  const messages = files + count + 2 * (ingests + scores);
  const calls = (ingests + scores) * a.callsPerInvocation;
  const gb = (seconds: number, name: 'ingest' | 'score') =>
    seconds * (functions[name].memory / 1024) * prices.lambda[functions[name].architecture];
  return [
    { item: 'Function ingest', quantity: `${number(ingestSeconds)} s`, cost: gb(ingestSeconds, 'ingest') },
    { item: 'Function score', quantity: `${number(scoreSeconds)} s`, cost: gb(scoreSeconds, 'score') },
    {
      item: 'Invocations and their traces',
      quantity: number(ingests + scores),
      // Lambda samples one request a second and a twentieth of the rest.
      cost: (ingests + scores) * (prices.lambda.request + prices.traceSegment / 20),
    },
    { item: 'Queue requests', quantity: number(messages), cost: messages * prices.sqsRequest },
    { item: 'Data API calls', quantity: number(calls), cost: calls * prices.aurora.dataApiRequest },
    { item: 'Objects stored', quantity: number(files + count), cost: (files + count) * prices.s3.put },
    { item: 'Objects read', quantity: number(files * 3), cost: files * 3 * prices.s3.get },
    {
      item: 'Logs',
      quantity: `${number(((ingests + scores) / 1000) * a.logMbPerThousandInvocations)} MB`,
      cost: ((ingests + scores) / 1e6) * a.logMbPerThousandInvocations * prices.logGb,
    },
  ];
}

/** Instances, calls and objects of `count` echo cines by way of Batch. */
function echoItems(prices: Prices, count: number): CostItem[] {
  const a = assumptions;
  const hours = (seconds: number) => (count * seconds * (1 + a.hostOverhead)) / 3600;
  const gpu = hours(a.echo.gpuSeconds);
  const cpu = hours(a.echo.cpuSeconds);
  const disk = ((gpu * 80 + cpu * 40) / a.hoursPerMonth) * prices.diskGbMonth;
  return [
    {
      item: 'GPU instances (g4dn.xlarge, spot)',
      quantity: `${number(gpu)} h`,
      cost: gpu * prices.instances['g4dn.xlarge'] * a.spotShare,
    },
    {
      item: 'CPU instances (c6i.large, spot)',
      quantity: `${number(cpu)} h`,
      cost: cpu * prices.instances['c6i.large'] * a.spotShare,
    },
    {
      item: 'Their disks and public addresses',
      quantity: `${number(gpu + cpu)} h`,
      cost: disk + (gpu + cpu) * prices.publicAddressHour,
    },
    {
      item: 'Functions, queues, Data API, logs',
      quantity: number(count),
      cost: total(
        ecgItems(prices, count / assumptions.ecg.files, true).filter(
          ({ item }) => item !== 'Function score' && !item.startsWith('Objects'),
        ),
      ),
    },
    { item: 'Objects stored', quantity: number(count * 3), cost: count * 3 * prices.s3.put },
    { item: 'Objects read', quantity: number(count * 6), cost: count * 6 * prices.s3.get },
  ];
}

/** What a thousand files that come together cost beyond the idle month, without keeping them. */
export function thousand(prices: Prices, modality: 'ecg' | 'echo'): CostItem[] {
  const burstHours = modality === 'ecg' ? 2 / 60 : (1000 * assumptions.echo.gpuSeconds) / 3600 / 8;
  const awake = burstHours + assumptions.databaseTailHours;
  return [
    ...(modality === 'ecg' ? ecgItems(prices, 1000, true) : echoItems(prices, 1000)),
    {
      item: 'Database awake',
      quantity: `${number(awake * 60)} min at 1 unit`,
      cost: awake * prices.aurora.capacityUnitHour,
    },
  ];
}

/** A month of steady work, beside the idle month. */
export function workingMonth(
  prices: Prices,
  perDay: { readonly ecg: number; readonly echo: number },
): CostItem[] {
  const a = assumptions;
  const ecg = perDay.ecg * a.daysPerMonth;
  const echo = perDay.echo * a.daysPerMonth;
  const uploads = (ecg * a.ecg.uploadMb + echo * a.echo.uploadMb) / 1024;
  const derived = (ecg * a.ecg.pageMb + echo * a.echo.derivedMb) / 1024;
  // Files at random times: the database is awake when one came within its tail before.
  const rate = (perDay.ecg + perDay.echo) / a.hoursOfTheDay;
  const awake = a.daysPerMonth * a.hoursOfTheDay * (1 - Math.exp(-rate * a.databaseTailHours));
  const label = (kind: string, items: CostItem[]) =>
    items.map((entry) => ({ ...entry, item: `${kind}: ${entry.item}` }));
  return [
    ...(ecg > 0 ? label('ECG', ecgItems(prices, ecg, false)) : []),
    ...(echo > 0 ? label('Echo', echoItems(prices, echo)) : []),
    {
      item: 'Database awake',
      quantity: `${number(awake)} h at ${a.databaseUnits} units`,
      cost: awake * a.databaseUnits * prices.aurora.capacityUnitHour,
    },
    {
      // CloudWatch counts a metric by the hours in which it has values.
      item: 'Metrics',
      quantity: `${Object.keys(metrics).length}`,
      cost: (Object.keys(metrics).length * prices.metricMonth * a.hoursOfTheDay) / 24,
    },
    {
      item: `Storage in ${Object.keys(buckets).length} buckets`,
      quantity: `${number(uploads + derived)} GB`,
      cost: (uploads + derived) * prices.s3.standard,
    },
  ];
}

/** The way of the systems that Systole takes the place of: one GPU instance and one database, always on. */
export function alwaysOnMonth(prices: Prices): CostItem[] {
  const hours = assumptions.hoursPerMonth;
  return [
    {
      item: 'p3.2xlarge, always on',
      quantity: `${hours} h`,
      cost: hours * prices.instances['p3.2xlarge'],
    },
    {
      item: 'db.t2.xlarge (PostgreSQL), always on',
      quantity: `${hours} h`,
      cost: hours * prices.instances['db.t2.xlarge'],
    },
  ];
}

function number(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value >= 1 ? value.toFixed(1) : value.toPrecision(2);
}
