import type { UsualBeat } from '../measurements/usual-beat.ts';
import type { StandardLead } from '../recording.ts';

/** Electrodes that seem to have changed places, and signals that are upside down. */
export type ElectrodeSwap =
  | 'right_arm_left_arm'
  | 'right_arm_left_leg'
  | 'left_arm_left_leg'
  | 'right_leg'
  | 'inverted';

/** Millivolts: a P wave smaller than this has no direction. */
const leastP = 0.01;
/** A limb lead between two legs: its complex in millivolts, and how many times larger the other two must be. */
const mostBetweenLegs = 0.1;
const timesLarger = 4;

/**
 * The first swap of limb electrodes whose published signs the usual beat shows (Batchvarov, Malik and Camm, Europace 9:1081,
 * 2007; Rosen et al., Int. J. Med. Students 2:92, 2014):
 *
 * - right leg with an arm: II (right arm) or III (left arm) is nearly flat, both legs with both arms: I is;
 * - everything inverted: P waves point down in I, II and V6, complexes down in V6 and up in aVR;
 * - right arm and left leg: P waves and complexes point down in II and P waves up in aVR;
 * - both arms: P waves point down in I (or are absent) and the complex in I is the opposite of that in V6, which
 *   points up (in dextrocardia it does not);
 * - left arm and left leg: the P wave is larger in I than in II and points down in III (Abdollah and Milliken, Am. J.
 *   Cardiol. 80:1247, 1997), and the complex in II is more like that in V6 than the one in I is. Many healthy people have the
 *   first two as well, so this is a hint only.
 *
 * @returns undefined where there is no sign of a swap, or a lead that is needed is not there.
 */
export function swappedElectrodes(beat: UsualBeat): ElectrodeSwap | undefined {
  if (!beat.physical) return undefined;
  const first = waveSizes(beat, 'I');
  const second = waveSizes(beat, 'II');
  const third = waveSizes(beat, 'III');
  const right = waveSizes(beat, 'aVR');
  const lateral = waveSizes(beat, 'V6');
  if (!first || !second || !third || !right || !lateral) return undefined;
  const limbs = [first, second, third].map(({ range }) => range).sort((a, b) => a - b);
  if (limbs[0]! < mostBetweenLegs && limbs[1]! > timesLarger * limbs[0]!) return 'right_leg';
  const hasP = beat.waves.pOnset !== undefined;
  if (
    hasP &&
    Math.max(first.p, second.p, lateral.p) < 0 &&
    lateral.complex < 0 &&
    first.complex < 0 &&
    right.complex > 0
  )
    return 'inverted';
  if (hasP && second.p < 0 && second.complex < 0 && right.p > 0) return 'right_arm_left_leg';
  const towardsV6 = likeness(beat, 'I', 'V6');
  if ((!hasP || first.p < 0) && towardsV6 < 0 && lateral.complex > 0) return 'right_arm_left_arm';
  if (hasP && first.p > second.p && third.p < -leastP && likeness(beat, 'II', 'V6') > towardsV6)
    return 'left_arm_left_leg';
  return undefined;
}

interface WaveSizes {
  /** Mean over the P wave; 0 where there is none. */
  readonly p: number;
  /** Net area of the complex, in millivolts times samples. */
  readonly complex: number;
  /** From the lowest to the highest point of the complex. */
  readonly range: number;
}

function waveSizes({ names, leads, waves }: UsualBeat, name: StandardLead): WaveSizes | undefined {
  const lead = leads[names.indexOf(name)];
  if (lead === undefined) return undefined;
  const complex = lead.subarray(waves.qrsOnset, waves.qrsEnd + 1);
  const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
  const p =
    waves.pOnset === undefined || waves.pEnd === undefined
      ? new Float32Array(0)
      : lead.subarray(waves.pOnset, waves.pEnd);
  return {
    p: p.length === 0 ? 0 : sum(p) / p.length,
    complex: sum(complex),
    range: Math.max(...complex) - Math.min(...complex),
  };
}

/** Correlation of two leads over the complex. */
function likeness({ names, leads, waves }: UsualBeat, one: StandardLead, other: StandardLead): number {
  const a = leads[names.indexOf(one)]!;
  const b = leads[names.indexOf(other)]!;
  let both = 0;
  let ofOne = 0;
  let ofOther = 0;
  for (let i = waves.qrsOnset; i <= waves.qrsEnd; i++) {
    both += a[i]! * b[i]!;
    ofOne += a[i]! * a[i]!;
    ofOther += b[i]! * b[i]!;
  }
  return both / Math.sqrt(ofOne * ofOther || 1);
}
