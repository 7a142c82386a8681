import type { IncomingMessage } from 'node:http';
import { ServiceError } from './service-error.ts';

/**
 * Reads the whole body of a request.
 * @throws ServiceError `RequestEntityTooLarge` (413) as soon as it is known to exceed `limit` bytes.
 */
export async function requestBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = () =>
    new ServiceError('RequestEntityTooLarge', `The request exceeds ${limit} bytes.`, 413);
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge();
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > limit) throw tooLarge();
    parts.push(part);
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, length);
}
