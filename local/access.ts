import type { IncomingMessage } from 'node:http';

/** Who may do what at the embedded endpoints; one object serves all services. */
export interface Access {
  /** Verifies the signature of a request over its `body` and returns who signed it; throws when it does not hold. */
  authenticate(request: IncomingMessage, body: Buffer): string | Promise<string>;
  /** Whether `principal` may use `action` (`sqs:SendMessage`) on the named resource; absent: everybody may. */
  authorize?(principal: string, action: string, resource: string): boolean;
}
