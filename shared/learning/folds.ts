import { Random } from '../random.ts';

/**
 * Assigns each record to one of k folds so that every label is spread evenly: iterative stratification (Sechidis,
 * Tsoumakas and Vlahavas 2011). The rarest label that is left is dealt first, each record of it to the fold that
 * lacks it most, ties going to the fold that lacks records most, then by lot. Records of one patient stay together.
 * @param labels labels[record][class], 0 or 1.
 * @param patients the patient of each record; absent or undefined: the record stands for itself.
 * @returns the fold of each record, 0 to k - 1.
 */
export function stratifiedFolds(
  labels: readonly ArrayLike<number>[],
  k: number,
  seed: number,
  patients?: readonly (string | undefined)[],
): Int32Array {
  const random = new Random(seed);
  const classes = labels[0]?.length ?? 0;
  const groups = groupByPatient(labels.length, patients).map((records) => ({
    records,
    counts: Array.from({ length: classes }, (_, c) =>
      records.reduce((sum, record) => sum + (labels[record]![c]! > 0 ? 1 : 0), 0),
    ),
  }));
  const lackingRecords = new Float64Array(k).fill(labels.length / k);
  const lacking = Array.from({ length: classes }, (_, c) =>
    new Float64Array(k).fill(groups.reduce((sum, { counts }) => sum + counts[c]!, 0) / k),
  );

  const folds = new Int32Array(labels.length);
  const left = new Set(Array.from(random.permutation(groups.length), (index) => groups[index]!));
  const deal = (group: (typeof groups)[number], wanted: Float64Array | undefined) => {
    let best = [0];
    for (let fold = 1; fold < k; fold++) {
      const difference =
        (wanted === undefined ? 0 : wanted[fold]! - wanted[best[0]!]!) ||
        lackingRecords[fold]! - lackingRecords[best[0]!]!;
      if (difference > 0) best = [fold];
      else if (difference === 0) best.push(fold);
    }
    const fold = best[random.integer(best.length)]!;
    for (const record of group.records) folds[record] = fold;
    lackingRecords[fold]! -= group.records.length;
    group.counts.forEach((count, c) => {
      lacking[c]![fold]! -= count;
    });
    left.delete(group);
  };

  for (;;) {
    let rarest = -1;
    let fewest = Number.POSITIVE_INFINITY;
    for (let c = 0; c < classes; c++) {
      let remaining = 0;
      for (const group of left) if (group.counts[c]! > 0) remaining++;
      if (remaining > 0 && remaining < fewest) {
        rarest = c;
        fewest = remaining;
      }
    }
    if (rarest < 0) break;
    for (const group of [...left].filter(({ counts }) => counts[rarest]! > 0)) deal(group, lacking[rarest]);
  }
  for (const group of [...left]) deal(group, undefined);
  return folds;
}

function groupByPatient(records: number, patients?: readonly (string | undefined)[]): number[][] {
  const groups = new Map<string | number, number[]>();
  for (let record = 0; record < records; record++) {
    const patient = patients?.[record] ?? record;
    const group = groups.get(patient);
    if (group === undefined) groups.set(patient, [record]);
    else group.push(record);
  }
  return [...groups.values()];
}
