import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Build } from '../shared/deployment/build.ts';
import { root as checkout } from '../shared/deployment/bundle.ts';
import {
  type BucketName,
  buckets,
  databaseName,
  environmentOf,
  type FunctionName,
  functions,
  type ProgramName,
  programs,
  type QueueName,
  queues,
  retryRules,
} from '../shared/deployment/description.ts';
import { Authority, newKey, operator } from './authority.ts';
import { isBatchRequest } from './batch/batch-protocol.ts';
import { BatchService } from './batch/batch-service.ts';
import { bundleWorker } from './data-api/bundle-worker.ts';
import { DataApi } from './data-api/data-api.ts';
import { FolderLock } from './folder-lock.ts';
import { FunctionHost } from './functions/function-host.ts';
import { account, localNames, region } from './names.ts';
import { EventPump } from './pump/event-pump.ts';
import { QueueService } from './queues/queue-service.ts';
import { isSqsRequest } from './queues/sqs-protocol.ts';
import { ObjectStore } from './s3/object-store.ts';

/** Seconds between two calls of a scheduled function: nobody at one machine wants to wait for AWS's minute. */
const longestSchedule = 3;

/** Failed messages come back soon instead of after SQS's visibility timeout. */
const retryDelay = { first: 3, most: 30 };

export interface CloudOptions {
  /** Folder of all state. */
  readonly root: string;
  readonly build: Build;
  /** 0: any free one. */
  readonly port: number;
  /** PostgreSQL server to use instead of PGlite. */
  readonly databaseUrl?: string;
  /** Functions that run; absent: all. A benchmark of ingest alone leaves the others out. */
  readonly functions?: readonly FunctionName[];
}

/** What a client needs to know of a running embedded cloud. */
export interface Endpoint {
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly pid: number;
}

/**
 * The embedded cloud: every AWS service that Systole uses, behind one HTTP port on 127.0.0.1, running the same bundles
 * of functions and job programs as AWS. All state is in one folder, locked by this process.
 */
export class EmbeddedCloud {
  readonly endpoint: Endpoint;
  readonly database: DataApi;
  readonly functions: FunctionHost;
  readonly #server: Server;
  readonly #lock: FolderLock;
  readonly #objects: ObjectStore;
  readonly #queues: QueueService;
  readonly #pump: EventPump;
  readonly #batch: BatchService;
  readonly #root: string;

  private constructor(parts: {
    endpoint: Endpoint;
    database: DataApi;
    functions: FunctionHost;
    server: Server;
    lock: FolderLock;
    objects: ObjectStore;
    queues: QueueService;
    pump: EventPump;
    batch: BatchService;
    root: string;
  }) {
    this.endpoint = parts.endpoint;
    this.database = parts.database;
    this.functions = parts.functions;
    this.#server = parts.server;
    this.#lock = parts.lock;
    this.#objects = parts.objects;
    this.#queues = parts.queues;
    this.#pump = parts.pump;
    this.#batch = parts.batch;
    this.#root = parts.root;
  }

  /**
   * Opens the folder as it was left and listens. Events begin to flow with `start`, once the database has its schema.
   * @throws FolderLockedError when another process runs this cloud
   */
  static async open(options: CloudOptions): Promise<EmbeddedCloud> {
    await mkdir(options.root, { recursive: true });
    const lock = await FolderLock.take(options.root);
    try {
      return await EmbeddedCloud.#open(options, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  static async #open(options: CloudOptions, lock: FolderLock): Promise<EmbeddedCloud> {
    const { root, build } = options;
    let route: (request: IncomingMessage, response: ServerResponse) => Promise<void> = async (
      _,
      response,
    ) => {
      response.writeHead(503).end();
    };
    const server = createServer(
      { keepAliveTimeout: 60_000, requestTimeout: 0 },
      (request, response) => void route(request, response),
    );
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const names = localNames(url);
    const own = await operatorKey(root);
    const authority = new Authority(names, own);
    const { access } = authority;
    const logs = join(root, 'logs');

    const database = await DataApi.open({
      root,
      templates: join(checkout, '.systole', 'templates'),
      database: databaseName,
      worker: await bundleWorker(join(checkout, '.systole', 'build')),
      ...(options.databaseUrl === undefined ? {} : { databaseUrl: options.databaseUrl }),
      access,
    });
    const queueService = await QueueService.open({
      root: join(root, 'queues'),
      region,
      account,
      endpoint: url,
      queues: Object.fromEntries(
        (Object.keys(queues) as QueueName[]).map((name) => [queueName(name), queues[name]]),
      ),
      access,
    });
    const cores = availableParallelism();
    const enabled = options.functions ?? (Object.keys(functions) as FunctionName[]);
    const host = await FunctionHost.open({
      root: join(root, 'functions'),
      logs,
      region,
      account,
      endpoint: url,
      runtime: join(checkout, 'local', 'functions', 'runtime.mjs'),
      functions: Object.fromEntries(
        enabled.map((name) => [
          name,
          {
            bundle: build.functionFile(name),
            memory: functions[name].memory,
            timeout: functions[name].timeout,
            concurrency: cores,
            environment: environmentOf(name, names),
            credentials: authority.credentialsOf(name),
          },
        ]),
      ),
    });
    const pump = new EventPump({
      queues: queueService,
      functions: host,
      sources: enabled.flatMap((name) =>
        functions[name].sources.map(({ queue, ...source }) => ({
          ...source,
          queue: queueName(queue),
          function: name,
        })),
      ),
      schedules: enabled.flatMap((name) => {
        const { every } = functions[name];
        return every === undefined ? [] : [{ function: name, every: Math.min(every, longestSchedule) }];
      }),
      stateChanges: enabled.filter((name) => functions[name].jobStateChanges === true),
      concurrency: cores,
      retryDelay,
    });
    const batch = await BatchService.open({
      root: join(root, 'batch'),
      logs,
      region,
      account,
      endpoint: url,
      jobQueues: Object.fromEntries(
        Object.values(programs).map(({ jobQueue }) => [names.jobQueue(jobQueue), {}]),
      ),
      jobDefinitions: Object.fromEntries(
        (Object.keys(programs) as ProgramName[]).map((name) => {
          const { vcpu, memory, gpu, timeout, attempts } = programs[name];
          return [
            names.jobDefinition(name),
            {
              program: build.programFile(name),
              environment: environmentOf(`job-${name}`, names),
              credentials: authority.credentialsOf(`job-${name}`),
              vcpu,
              memory,
              gpu,
              timeout,
              attempts,
              retryRules: [...retryRules],
            },
          ];
        }),
      ),
      access,
      stateChanged: (event) => pump.stateChanged(event),
      tether: join(checkout, 'local', 'batch', 'tether.mjs'),
    });
    const objects = await ObjectStore.open({
      root: join(root, 'objects'),
      buckets: Object.fromEntries(
        (Object.keys(buckets) as BucketName[]).map((name) => [
          names.bucket(name),
          {
            events: buckets[name].eventsTo !== undefined,
            expireAfterDays: buckets[name].expireAfterDays,
          },
        ]),
      ),
      region,
      credentials: authority.credentials,
      authorize: authority.authorizeObject,
      deliver: (record) => pump.accept(queueName(eventQueueOf(record.s3.bucket.name)), record),
      report: (error) => process.stderr.write(`S3: ${(error as Error).message}\n`),
    });
    route = (request, response) => {
      if (DataApi.serves(request)) return database.handle(request, response);
      if (isSqsRequest(request)) return queueService.handle(request, response);
      if (isBatchRequest(request)) return batch.handle(request, response);
      return objects.handle(request, response);
    };

    function eventQueueOf(bucket: string): QueueName {
      const [, description] = Object.entries(buckets).find(
        ([name]) => names.bucket(name as BucketName) === bucket,
      )!;
      return description.eventsTo!;
    }
    const endpoint = { url, region, ...own, pid: process.pid };
    return new EmbeddedCloud({
      endpoint,
      database,
      functions: host,
      server,
      lock,
      objects,
      queues: queueService,
      pump,
      batch,
      root,
    });
  }

  /** Lets events flow, and leaves a note for clients of other processes. */
  async start(): Promise<void> {
    this.#pump.start();
    this.#batch.start();
    await writeSecret(endpointFile(this.#root), this.endpoint);
  }

  /** Stops delivering, waits for what is under way and closes everything. */
  async close(): Promise<void> {
    await rm(endpointFile(this.#root), { force: true });
    await this.#pump.stop();
    await this.#batch.close();
    await this.functions.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#objects.close();
    await this.#queues.close();
    await this.database.close();
    await this.#lock.release();
  }
}

/** Queues of the embedded cloud have the names that a deployment's have. */
const queueName = (name: QueueName): string => `systole-${name}`;

const endpointFile = (root: string): string => join(root, 'endpoint.json');

/** The cloud that runs on this folder, if one does. */
export async function runningEndpoint(root: string): Promise<Endpoint | undefined> {
  if (!existsSync(endpointFile(root))) return undefined;
  const endpoint = JSON.parse(await readFile(endpointFile(root), 'utf8')) as Endpoint;
  try {
    process.kill(endpoint.pid, 0);
    await fetch(endpoint.url, { method: 'HEAD' });
    return endpoint;
  } catch {
    return undefined;
  }
}

/** The operator's key, made once and kept, so that a configured AWS CLI goes on working. */
async function operatorKey(root: string): Promise<{ accessKeyId: string; secretAccessKey: string }> {
  const path = join(root, `${operator}.json`);
  if (existsSync(path))
    return JSON.parse(await readFile(path, 'utf8')) as { accessKeyId: string; secretAccessKey: string };
  const key = newKey();
  await writeSecret(path, key);
  return key;
}

/** Whole or not at all, and readable by its owner alone. */
async function writeSecret(path: string, content: unknown): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(content), { mode: 0o600 });
  await rename(`${path}.new`, path);
}
