import type { MessageAttribute } from './message-queue.ts';

/** Largest message (and largest batch) in bytes, body and attributes together, as SQS has it since August 2025. */
export const maxMessageBytes = 1 << 20;

/** What a message counts against SQS's limits. */
export function messageBytes(
  body: string,
  attributes: Readonly<Record<string, MessageAttribute>> | undefined,
): number {
  let bytes = Buffer.byteLength(body);
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes ?? {}))
    bytes +=
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      Buffer.byteLength(StringValue ?? '') +
      Buffer.byteLength(BinaryValue ?? '', 'base64');
  return bytes;
}
