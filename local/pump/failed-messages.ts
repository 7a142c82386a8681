/**
 * Which messages of a batch failed, by what the function returned (`ReportBatchItemFailures`). Nothing, `{}`, and an
 * absent, null or empty list mean none; a response that is malformed or names a message that was not in the batch
 * means all of them. Source: AWS Lambda Developer Guide, "Handling errors for an SQS event source in Lambda".
 */
export function failedMessages(response: unknown, ids: readonly string[]): ReadonlySet<string> {
  const all = new Set(ids);
  if (response === undefined || response === null) return new Set();
  if (typeof response !== 'object' || Array.isArray(response)) return all;
  const failures = (response as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return all;
  const failed = new Set<string>();
  for (const failure of failures as unknown[]) {
    const id = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier;
    if (typeof id !== 'string' || !all.has(id)) return all;
    failed.add(id);
  }
  return failed;
}
