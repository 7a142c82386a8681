/**
 * The value that would stand at a position if the values were sorted; they are put in another order on the way. Takes a
 * fraction of the time of a sort (Hoare, Find, Commun. ACM 4:321, 1961).
 *
 * @param values without NaN. @param n from 0; undefined comes back where there is no such position.
 */
export function nthSmallest(values: Float32Array | Float64Array, n: number): number | undefined {
  let left = 0;
  let right = values.length - 1;
  while (left < right) {
    const pivot = values[n]!;
    let low = left;
    let high = right;
    do {
      while (values[low]! < pivot) low++;
      while (pivot < values[high]!) high--;
      if (low <= high) {
        const kept = values[low]!;
        values[low++] = values[high]!;
        values[high--] = kept;
      }
    } while (low <= high);
    if (high < n) left = low;
    if (n < low) right = high;
  }
  return values[n];
}
