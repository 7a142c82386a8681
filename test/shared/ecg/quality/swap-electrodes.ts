import type { Lead, Recording } from '../../../../shared/ecg/recording.ts';

/** The leads of the frontal plane that follow from I and II, in their units, beside chest leads as they are. */
export function withLimbs(
  whole: Recording,
  limbs: (first: number, second: number) => [number, number],
): Recording {
  const [one, two] = [whole.leads[0]!, whole.leads[1]!];
  const pairs = Array.from(one.samples, (value, i) => limbs(value, two.samples[i]!));
  const laws: Record<string, (first: number, second: number) => number> = {
    I: (first) => first,
    II: (_, second) => second,
    III: (first, second) => second - first,
    aVR: (first, second) => -(first + second) / 2,
    aVL: (first, second) => first - second / 2,
    aVF: (first, second) => second - first / 2,
  };
  return changed(whole, (lead) => {
    const law = laws[lead.name];
    return law === undefined ? {} : { samples: Float32Array.from(pairs, (pair) => law(...pair)) };
  });
}

export function changed(whole: Recording, change: (lead: Lead) => Partial<Lead>): Recording {
  return { ...whole, leads: whole.leads.map((lead) => ({ ...lead, ...change(lead) })) };
}

/** What the machine records when two electrodes have changed places. */
export const swaps = {
  right_arm_left_arm: (whole: Recording) => withLimbs(whole, (first, second) => [-first, second - first]),
  right_arm_left_leg: (whole: Recording) => withLimbs(whole, (first, second) => [first - second, -second]),
  left_arm_left_leg: (whole: Recording) => withLimbs(whole, (first, second) => [second, first]),
};
