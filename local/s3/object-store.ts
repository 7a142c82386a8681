import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { S3EventRecord } from 'aws-lambda';
import { type CredentialStore, verifyRequest } from '../sigv4.ts';
import { answerOf } from './errors.ts';
import { EventDelivery } from './event-delivery.ts';
import { type Authorize, type BucketOptions, Exchange, type Service } from './exchange.ts';
import { expire } from './expiry.ts';
import { operationOf } from './operations.ts';
import { VersionedObjects } from './versioned-objects.ts';
import { declaration, element, text } from './xml.ts';

const expiryPeriod = 3_600_000;

export interface ObjectStoreOptions {
  /** Folder of the contents and the journal; made when absent. One process at a time may have it open. */
  readonly root: string;
  /** The buckets there are, by name. */
  readonly buckets: Readonly<Record<string, BucketOptions>>;
  readonly region: string;
  readonly credentials: CredentialStore;
  /**
   * Whether a principal may do an action (an IAM name: s3:GetObject, s3:ListBucket, ...) on a key of a bucket. The
   * key is '' for actions on a bucket and the prefix asked for with s3:ListBucket. Absent: everybody may do all.
   */
  readonly authorize?: Authorize;
  /**
   * Takes over an s3:ObjectCreated event. Each comes at least once, until the promise resolves: again after a
   * failure, and again when the store is opened after a crash.
   */
  readonly deliver: (event: S3EventRecord) => Promise<void>;
  /** Hears of errors that were answered with 500 or 503. */
  readonly report: (error: unknown) => void;
}

/**
 * Amazon S3 on one machine, for unmodified SDKs and the AWS CLI: path-style requests, Signature V4 verified,
 * versioning always on.
 */
export class ObjectStore {
  readonly #options: ObjectStoreOptions;
  readonly #service: Service;
  readonly #events: EventDelivery;
  readonly #active = new Set<Promise<void>>();
  readonly #expiring: NodeJS.Timeout;

  private constructor(options: ObjectStoreOptions, objects: VersionedObjects, events: EventDelivery) {
    this.#options = options;
    this.#service = {
      objects,
      region: options.region,
      buckets: new Map(Object.entries(options.buckets)),
      authorize: options.authorize ?? (() => true),
    };
    this.#events = events;
    this.#expiring = setInterval(() => this.#expire(), expiryPeriod).unref();
    this.#expire();
  }

  /** Opens the folder as it was left, by `close` or by a crash, and delivers what events are still due. */
  static async open(options: ObjectStoreOptions): Promise<ObjectStore> {
    const objects = await VersionedObjects.open(options.root);
    const events = new EventDelivery(options.region, options.deliver, (sequences) =>
      objects.delivered(sequences),
    );
    objects.onEvent((version, origin) => events.push(version, origin));
    return new ObjectStore(options, objects, events);
  }

  /**
   * Answers one request. Never rejects: what goes wrong is answered and, where it is the store's fault, reported.
   */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answered = this.#answer(request, response);
    this.#active.add(answered);
    await answered.finally(() => this.#active.delete(answered));
  }

  /** Waits for requests and deliveries under way and closes the files. No request may come after. */
  async close(): Promise<void> {
    clearInterval(this.#expiring);
    await Promise.all(this.#active);
    await this.#events.close();
    await this.#service.objects.close();
  }

  #expire(): void {
    for (const [bucket, { expireAfterDays }] of this.#service.buckets) {
      if (expireAfterDays === undefined) continue;
      const expired = expire(this.#service.objects, bucket, expireAfterDays)
        .catch(this.#options.report)
        .finally(() => this.#active.delete(expired));
      this.#active.add(expired);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase();
    response.setHeader('x-amz-request-id', requestId);
    response.setHeader('server', 'AmazonS3');
    try {
      const url = request.url ?? '/';
      const verified = verifyRequest(
        { method: request.method ?? '', url, headers: request.headers },
        'declared',
        this.#options.credentials,
      );
      const exchange = new Exchange(this.#service, request, response, verified, requestId);
      await operationOf(exchange)(exchange);
    } catch (error) {
      this.#refuse(request, response, requestId, error);
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, requestId: string, error: unknown): void {
    const gone = request.socket.destroyed;
    const { code, status, message, headers } = answerOf(error);
    if (status >= 500 && status !== 501 && !gone) this.#options.report(error);
    if (response.headersSent || gone) {
      response.destroy();
      return;
    }
    const body = Buffer.from(
      declaration +
        element(
          'Error',
          text('Code', code) +
            text('Message', message) +
            text('Resource', request.url?.split('?')[0]) +
            text('RequestId', requestId),
        ),
    );
    const head = request.method === 'HEAD';
    response.writeHead(status, {
      ...headers,
      'content-type': 'application/xml',
      ...(head ? {} : { 'content-length': body.length }),
    });
    response.end(head ? undefined : body);
    // What is left of the body is read and dropped, or the client would see a broken connection and no answer.
    request.resume();
  }
}
