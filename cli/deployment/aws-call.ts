import { BatchClient } from '@aws-sdk/client-batch';

/** A call that AWS refused, by the code that it gave. */
export class AwsCallError extends Error {
  override readonly name = 'AwsCallError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

/**
 * Calls of services whose clients are not worth installing for one question each: the JSON and the query protocol, signed
 * by the SDK's own signer with the credentials and region that every command uses.
 */
export class AwsCalls {
  readonly #client: BatchClient;
  readonly region: string;

  private constructor(client: BatchClient, region: string) {
    this.#client = client;
    this.region = region;
  }

  /** @throws Error when no region is configured */
  static async open(region: string | undefined): Promise<AwsCalls> {
    const client = new BatchClient(region === undefined ? {} : { region });
    return new AwsCalls(client, await client.config.region());
  }

  /**
   * @param service name of the service's endpoint and of its signatures
   * @param target value of X-Amz-Target: service version and operation
   * @throws AwsCallError, and whatever the credential chain throws
   */
  async call<T>(service: string, target: string, input: object): Promise<T> {
    const response = await this.#post(service, JSON.stringify(input), {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
    });
    const answer = (await response.json()) as T & { __type?: string; message?: string; Message?: string };
    if (!response.ok)
      throw new AwsCallError(
        answer.__type?.split('#').at(-1) ?? String(response.status),
        answer.message ?? answer.Message ?? 'no message',
      );
    return answer;
  }

  /**
   * A call of a service that speaks the query protocol (EC2).
   * @returns the XML of its answer
   * @throws AwsCallError, and whatever the credential chain throws
   */
  async query(service: string, input: Readonly<Record<string, string>>): Promise<string> {
    const response = await this.#post(service, new URLSearchParams(input).toString(), {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    });
    const answer = await response.text();
    if (!response.ok)
      throw new AwsCallError(
        /<Code>([^<]*)/.exec(answer)?.[1] ?? String(response.status),
        /<Message>([^<]*)/.exec(answer)?.[1] ?? 'no message',
      );
    return answer;
  }

  async #post(service: string, body: string, own: Readonly<Record<string, string>>): Promise<Response> {
    const hostname = `${service}.${this.region}.amazonaws.com`;
    const signer = await this.#client.config.signer({
      name: 'sigv4',
      signingName: service,
      signingRegion: this.region,
      properties: {},
    });
    const signed = await signer.sign({
      method: 'POST',
      protocol: 'https:',
      hostname,
      path: '/',
      query: {},
      headers: { host: hostname, ...own },
      body,
    } as Parameters<typeof signer.sign>[0]);
    const { headers } = signed as { headers: Record<string, string> };
    return fetch(`https://${hostname}/`, { method: 'POST', headers, body });
  }
}
