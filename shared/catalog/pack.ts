/** Seconds of work that one child of an array job should have: long beside its start, short beside a spot reclaim. */
export const targetSeconds = 240;

/** AWS Batch's limit of children of one array job. */
export const maxChildren = 10_000;

/** Rough seconds of one recording's preprocessing and inference; only the size of the packs depends on it. */
export const secondsOf = { ecg: 0.1, echo: 20 } as const;

/**
 * Packs recordings, in order, into children of about `targetSeconds`.
 * @returns the child's index of each recording and the number of children (0 when there are none)
 */
export function pack(modalities: readonly ('ecg' | 'echo')[]): { children: number; child: number[] } {
  const total = modalities.reduce((sum, modality) => sum + secondsOf[modality], 0);
  const target = Math.max(targetSeconds, total / maxChildren);
  const child: number[] = [];
  let current = 0;
  let filled = 0;
  for (const modality of modalities) {
    if (filled > 0 && filled + secondsOf[modality] > target && current < maxChildren - 1) {
      current += 1;
      filled = 0;
    }
    child.push(current);
    filled += secondsOf[modality];
  }
  return { children: child.length === 0 ? 0 : current + 1, child };
}
