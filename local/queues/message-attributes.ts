import { createHash } from 'node:crypto';
import * as z from 'zod';
import { ServiceError } from '../service-error.ts';
import type { MessageAttribute } from './message-queue.ts';

const schema = z.record(
  z.string().regex(/^[A-Za-z0-9_.-]{1,256}$/),
  z
    .strictObject({
      DataType: z.string().regex(/^(String|Number|Binary)(\.[\s\S]{1,249})?$/),
      StringValue: z.string().min(1).optional(),
      BinaryValue: z.base64().min(1).optional(),
      StringListValues: z.array(z.never()).optional(),
      BinaryListValues: z.array(z.never()).optional(),
    })
    .refine(
      ({ DataType, StringValue, BinaryValue }) =>
        DataType.startsWith('Binary')
          ? BinaryValue !== undefined && StringValue === undefined
          : StringValue !== undefined && BinaryValue === undefined,
      'must hold the one value that its DataType names',
    ),
);

/**
 * Checks the attributes of a SendMessage request.
 * @throws ServiceError InvalidParameterValue
 */
export function parseMessageAttributes(given: unknown): Record<string, MessageAttribute> | undefined {
  if (given === undefined || given === null) return undefined;
  const { success, data, error } = schema.safeParse(given);
  if (!success) throw new ServiceError('InvalidParameterValue', z.prettifyError(error));
  const names = Object.keys(data);
  if (names.length > 10)
    throw new ServiceError('InvalidParameterValue', 'A message can have 10 attributes at most.');
  return names.length === 0
    ? undefined
    : Object.fromEntries(
        names.map((name) => {
          const { DataType, StringValue, BinaryValue } = data[name]!;
          return [name, StringValue === undefined ? { DataType, BinaryValue } : { DataType, StringValue }];
        }),
      );
}

/**
 * MD5 over attributes, hexadecimal: sorted by name, each as length-prefixed name, type, a byte for the kind of value
 * (1 string, 2 binary) and length-prefixed value. Source: Amazon SQS Developer Guide, "Calculating the MD5 message
 * digest for message attributes".
 */
export function messageAttributesMd5(attributes: Readonly<Record<string, MessageAttribute>>): string {
  const hash = createHash('md5');
  const add = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of Object.keys(attributes).sort()) {
    const { DataType, StringValue, BinaryValue } = attributes[name]!;
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(Buffer.of(StringValue === undefined ? 2 : 1));
    add(StringValue === undefined ? Buffer.from(BinaryValue!, 'base64') : Buffer.from(StringValue));
  }
  return hash.digest('hex');
}

/** The attributes that a receiver asked for: `All` or `.*`, a name, or a beginning followed by `.*`. */
export function selectMessageAttributes(
  attributes: Readonly<Record<string, MessageAttribute>> | undefined,
  wanted: readonly string[],
): Record<string, MessageAttribute> | undefined {
  const chosen = Object.entries(attributes ?? {}).filter(([name]) =>
    wanted.some(
      (pattern) =>
        pattern === 'All' ||
        pattern === name ||
        (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2))),
    ),
  );
  return chosen.length === 0 ? undefined : Object.fromEntries(chosen);
}
