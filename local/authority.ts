import { randomBytes } from 'node:crypto';
import {
  type Grant,
  grants,
  type Names,
  type Principal,
  type ProgramName,
} from '../shared/deployment/description.ts';
import type { Access } from './access.ts';
import type { Authorize } from './s3/exchange.ts';
import type { CredentialStore, Credentials } from './sigv4.ts';
import { verifyRequest } from './sigv4.ts';

/** Who uses the embedded cloud from outside: the person at the machine, with every right. */
export const operator = 'operator';

/**
 * The keys of the embedded cloud and what each may do: functions and jobs get exactly the grants of the deployment's
 * description, from which the stacks make their policies, so that a call that AWS would refuse is refused here.
 */
export class Authority {
  readonly #byKey = new Map<string, Credentials>();
  readonly #byPrincipal = new Map<string, Credentials>();
  readonly #names: Names;

  /** @param own the operator's key, which stays the same from start to start */
  constructor(names: Names, own: { readonly accessKeyId: string; readonly secretAccessKey: string }) {
    this.#names = names;
    this.#add({ ...own, principal: operator });
    for (const principal of Object.keys(grants)) this.#add({ ...newKey(), principal });
  }

  #add(credentials: Credentials): void {
    this.#byKey.set(credentials.accessKeyId, credentials);
    this.#byPrincipal.set(credentials.principal, credentials);
  }

  credentialsOf(principal: Principal | typeof operator): { accessKeyId: string; secretAccessKey: string } {
    const { accessKeyId, secretAccessKey } = this.#byPrincipal.get(principal)!;
    return { accessKeyId, secretAccessKey };
  }

  readonly credentials: CredentialStore = (accessKeyId) => this.#byKey.get(accessKeyId);

  /** S3's rule: the action on the bucket, for keys below the granted prefix. */
  readonly authorizeObject: Authorize = (principal, action, bucket, key) =>
    this.#granted(
      principal,
      (grant) =>
        'bucket' in grant &&
        this.#names.bucket(grant.bucket) === bucket &&
        (grant.actions as readonly string[]).includes(action) &&
        key.startsWith(grant.prefix),
    );

  /** The rule of every other service. */
  readonly access: Access = {
    authenticate: (request, body) =>
      verifyRequest(
        { method: request.method ?? '', url: request.url ?? '/', headers: request.headers },
        body,
        this.credentials,
      ).credentials.principal,
    authorize: (principal, action, resource) =>
      this.#granted(
        principal,
        (grant) => (grant.actions as readonly string[]).includes(action) && this.#concerns(grant, resource),
      ),
  };

  #concerns(grant: Grant, resource: string): boolean {
    if ('queue' in grant) return this.#names.queueUrl(grant.queue).endsWith(`/${resource}`);
    if ('programs' in grant) {
      // Describing jobs has no resource in IAM; submitting names a definition or queue.
      const granted = grant.programs.map((program: ProgramName) => this.#names.jobDefinition(program));
      return (
        resource === '' ||
        resource === '*' ||
        !resource.startsWith('systole-job') ||
        granted.includes(resource)
      );
    }
    return 'database' in grant;
  }

  #granted(principal: string, matches: (grant: Grant) => boolean): boolean {
    return principal === operator || (principal in grants && grants[principal as Principal].some(matches));
  }
}

/** A key in the form of AWS's. */
export function newKey(): { accessKeyId: string; secretAccessKey: string } {
  return {
    accessKeyId: `AKIA${randomBytes(10).toString('hex').toUpperCase().slice(0, 16)}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  };
}
