import * as z from 'zod';

/** A value in or out of the Data API (`Field`); exactly one member is set. */
const field = z.object({
  isNull: z.boolean().nullish(),
  booleanValue: z.boolean().nullish(),
  longValue: z.number().int().nullish(),
  // Values that JSON has no number for come as text.
  doubleValue: z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]).nullish(),
  stringValue: z.string().nullish(),
  blobValue: z.base64().nullish(),
  arrayValue: z.unknown().nullish(),
});

const parameter = z.object({
  name: z.string().min(1),
  value: field,
  typeHint: z.enum(['DATE', 'DECIMAL', 'JSON', 'TIME', 'TIMESTAMP', 'UUID']).nullish(),
});

const cluster = {
  resourceArn: z.string().min(11).max(100),
  secretArn: z.string().min(11).max(100),
};
const transactionId = z.string().min(1).max(192);

const statement = {
  ...cluster,
  sql: z.string().min(1).max(65_536),
  database: z.string().max(64).nullish(),
  schema: z.null().optional(),
  transactionId: transactionId.nullish(),
};

/** Bodies of the five operations; members that AWS knows and members that it does not are ignored alike. */
export const executeStatement = z.object({
  ...statement,
  parameters: z.array(parameter).nullish(),
  includeResultMetadata: z.boolean().nullish(),
  continueAfterTimeout: z.boolean().nullish(),
  resultSetOptions: z
    .object({
      decimalReturnType: z.enum(['STRING', 'DOUBLE_OR_LONG']).nullish(),
      longReturnType: z.enum(['STRING', 'LONG']).nullish(),
    })
    .nullish(),
  formatRecordsAs: z.enum(['NONE', 'JSON']).nullish(),
});
export const batchExecuteStatement = z.object({
  ...statement,
  parameterSets: z.array(z.array(parameter)).nullish(),
});
export const beginTransaction = z.object({
  ...cluster,
  database: z.string().max(64).nullish(),
  schema: z.null().optional(),
});
export const endTransaction = z.object({ ...cluster, transactionId });

export type Field = z.infer<typeof field>;
export type Parameter = z.infer<typeof parameter>;
export type ExecuteStatement = z.infer<typeof executeStatement>;
