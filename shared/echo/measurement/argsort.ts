/** Up to this many values are sorted by insertion. */
const few = 16;

/**
 * The indices that sort values upwards, equal values in the order in which numpy's default (a quicksort about the median
 * of three, not stable) leaves them: which of several frames of equal area the published measurement takes hangs on it.
 */
export function argsort(values: ArrayLike<number>): number[] {
  const order = Array.from({ length: values.length }, (_, i) => i);
  const at = (i: number): number => values[order[i]!]!;
  const swap = (i: number, j: number): void => {
    const index = order[i]!;
    order[i] = order[j]!;
    order[j] = index;
  };
  const sort = (from: number, to: number): void => {
    if (to - from < few) {
      insert(order, values, from, to);
      return;
    }
    const middle = from + Math.floor((to - from) / 2);
    if (at(middle) < at(from)) swap(middle, from);
    if (at(to) < at(middle)) swap(to, middle);
    if (at(middle) < at(from)) swap(middle, from);
    const pivot = at(middle);
    let low = from;
    let high = to - 1;
    swap(middle, high);
    for (;;) {
      do low++;
      while (at(low) < pivot);
      do high--;
      while (pivot < at(high));
      if (low >= high) break;
      swap(low, high);
    }
    swap(low, to - 1);
    sort(from, low - 1);
    sort(low + 1, to);
  };
  sort(0, order.length - 1);
  return order;
}

function insert(order: number[], values: ArrayLike<number>, from: number, to: number): void {
  for (let i = from + 1; i <= to; i++) {
    const index = order[i]!;
    let j = i;
    for (; j > from && values[index]! < values[order[j - 1]!]!; j--) order[j] = order[j - 1]!;
    order[j] = index;
  }
}
