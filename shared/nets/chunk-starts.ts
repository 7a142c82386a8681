/** How recordings are cut: samples of a chunk and the step to the next. */
export interface ChunkCut {
  readonly length: number;
  readonly stride: number;
}

/**
 * Where the chunks of a recording start: at every stride as long as a whole chunk fits, and one that ends with the
 * recording when these leave a rest. A recording shorter than a chunk has one, from its start.
 * Source: DSAIL_SNU, PhysioNet/CinC Challenge 2020 (2048 samples, stride 1536).
 */
export function chunkStarts(samples: number, { length, stride }: ChunkCut): number[] {
  const starts = [];
  for (let start = 0; start + length <= samples; start += stride) starts.push(start);
  if (starts.length === 0) return [0];
  const end = starts.at(-1)! + length;
  return end < samples ? [...starts, samples - length] : starts;
}
