/**
 * The score of the PhysioNet/CinC 2020 challenge: each pair of a true and a called class earns the reward that
 * clinicians gave to mistaking one for the other, shared out over all classes that are true or called in the
 * record; 1 is every call right, 0 is calling every record normal (Perez Alday et al. 2020).
 * @param labels 0 or 1, [class][record].
 * @param calls 0 or 1, [class][record].
 * @param rewards rewards[true class][called class], the challenge's weights.csv.
 * @param normal the class of sinus rhythm.
 */
export function challengeMetric(
  labels: readonly Uint8Array[],
  calls: readonly Uint8Array[],
  rewards: readonly (readonly number[])[],
  normal: number,
): number {
  return challengeMetricOf(labels, calls, rewards, normal)(new Uint8Array(labels[0]?.length ?? 0).fill(1));
}

/** The same for many draws of the records. @returns what to call with the number of times that each record was drawn */
export function challengeMetricOf(
  labels: readonly Uint8Array[],
  calls: readonly Uint8Array[],
  rewards: readonly (readonly number[])[],
  normal: number,
): (times: ArrayLike<number>) => number {
  const records = labels[0]?.length ?? 0;
  const onlyNormal = labels.map((_, c) => new Uint8Array(records).fill(c === normal ? 1 : 0));
  const earned = [calls, labels, onlyNormal].map((answers) => rewardsOf(labels, answers, rewards));
  return (times) => {
    const [observed, correct, inactive] = earned.map((each) =>
      each.reduce((sum, reward, record) => sum + reward * times[record]!, 0),
    ) as [number, number, number];
    return correct === inactive ? 0 : (observed - inactive) / (correct - inactive);
  };
}

/** What each record earns. */
function rewardsOf(
  labels: readonly Uint8Array[],
  calls: readonly Uint8Array[],
  rewards: readonly (readonly number[])[],
): Float64Array {
  return new Float64Array(labels[0]?.length ?? 0).map((_, record) => {
    let either = 0;
    let earned = 0;
    for (let c = 0; c < labels.length; c++) {
      if (labels[c]![record] === 1 || calls[c]![record] === 1) either++;
      if (labels[c]![record] !== 1) continue;
      for (let k = 0; k < calls.length; k++) if (calls[k]![record] === 1) earned += rewards[c]![k]!;
    }
    return earned / Math.max(either, 1);
  });
}
