/** Bridges gaps by straight lines; what is before the first or after the last value is held. */
export function bridged(values: readonly (number | null)[]): Float64Array {
  const result = new Float64Array(values.length);
  let last = -1;
  values.forEach((value, frame) => {
    if (value === null) return;
    const from = last < 0 ? value : result[last]!;
    for (let gap = last + 1; gap < frame; gap++)
      result[gap] = from + ((value - from) * (gap - last)) / (frame - last);
    result[frame] = value;
    last = frame;
  });
  return last < 0 ? result : result.fill(result[last]!, last + 1);
}
