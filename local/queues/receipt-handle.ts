import { ServiceError } from '../service-error.ts';

/** Makes the handle of one delivery: opaque to callers, and naming the message and which delivery it was. */
export function receiptHandle(id: string, receives: number): string {
  return Buffer.from(`${id}/${receives}`).toString('base64url');
}

/** @throws ServiceError ReceiptHandleIsInvalid */
export function parseReceiptHandle(handle: string): { id: string; receives: number } {
  const match = /^([0-9a-f-]{36})\/(\d+)$/.exec(Buffer.from(handle, 'base64url').toString('latin1'));
  if (!match) throw new ServiceError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
  return { id: match[1]!, receives: Number(match[2]) };
}
