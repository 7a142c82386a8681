/** Corners of a monotone line: [probability of the net, calibrated probability], rising in both. */
export type Line = readonly (readonly [number, number])[];

interface Block {
  predicted: number;
  observed: number;
  count: number;
}

/**
 * Centred isotonic regression of one class (Oron and Flournoy 2017): adjacent violators are pooled (Ayer et al. 1955),
 * and the line goes straight from the centre of one block to that of the next, so that it keeps the order of recordings
 * where plain isotonic regression makes steps.
 * @param labels 0 or 1, of recordings that the net was not trained on.
 * @returns null when the labels hold one kind only.
 */
export function fitIsotonic(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
): [number, number][] | null {
  const positives = Array.from(labels).filter((label) => label > 0).length;
  if (positives === 0 || positives === labels.length) return null;
  const order = Array.from({ length: labels.length }, (_, i) => i).sort(
    (a, b) => probabilities[a]! - probabilities[b]!,
  );
  const blocks: Block[] = [];
  for (const i of order) {
    const one: Block = { predicted: probabilities[i]!, observed: labels[i]!, count: 1 };
    blocks.push(one);
    // Equal probabilities are one block, whatever their labels.
    while (blocks.length > 1) {
      const [before, last] = [blocks.at(-2)!, blocks.at(-1)!];
      if (before.observed < last.observed && before.predicted < last.predicted) break;
      blocks.splice(-2, 2, pooled(before, last));
    }
  }
  return blocks.map(({ predicted, observed }) => [predicted, observed]);
}

/** The height of a line at a place; before its first corner and after its last that of the corner. */
export function interpolate(line: Line, x: number): number {
  const next = line.findIndex(([place]) => place >= x);
  if (next < 0) return line.at(-1)![1];
  if (next === 0) return line[0]![1];
  const [[x0, y0], [x1, y1]] = [line[next - 1]!, line[next]!];
  return y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
}

function pooled(a: Block, b: Block): Block {
  const count = a.count + b.count;
  return {
    predicted: (a.predicted * a.count + b.predicted * b.count) / count,
    observed: (a.observed * a.count + b.observed * b.count) / count,
    count,
  };
}
