/**
 * The label of each pixel of a picture of `rows` x `columns` from a net's probabilities of `size` x `size` pixels: the
 * probabilities are interpolated between the centres of the net's pixels, then the largest counts, so that outlines are
 * finer than the net's grid.
 * @param probabilities `[row, column, label]`
 * @returns `[row, column]`
 */
export function labelMap(
  probabilities: Float32Array,
  { size, labels }: { readonly size: number; readonly labels: number },
  rows: number,
  columns: number,
): Uint8Array {
  const across = neighbours(columns, size);
  const down = neighbours(rows, size);
  const map = new Uint8Array(rows * columns);
  const blended = new Float32Array(size * labels);
  for (let row = 0, at = 0; row < rows; row++) {
    const upper = down.first[row]! * size * labels;
    const lower = down.second[row]! * size * labels;
    const share = down.share[row]!;
    for (let i = 0; i < blended.length; i++) {
      const above = probabilities[upper + i]!;
      blended[i] = above + share * (probabilities[lower + i]! - above);
    }
    for (let column = 0; column < columns; column++, at++) {
      const left = across.first[column]! * labels;
      const right = across.second[column]! * labels;
      const part = across.share[column]!;
      let largest = -1;
      for (let label = 0; label < labels; label++) {
        const start = blended[left + label]!;
        const value = start + part * (blended[right + label]! - start);
        if (value > largest) {
          largest = value;
          map[at] = label;
        }
      }
    }
  }
  return map;
}

/** For each of `count` pixels the two of `size` pixels whose centres lie around its own, and the second's share. */
function neighbours(count: number, size: number) {
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const share = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const at = Math.min(size - 1, Math.max(0, ((i + 0.5) * size) / count - 0.5));
    first[i] = Math.floor(at);
    second[i] = Math.min(size - 1, first[i]! + 1);
    share[i] = at - first[i]!;
  }
  return { first, second, share };
}
