import type { UsualBeat } from '../measurements/usual-beat.ts';
import type { Lead, StandardLead } from '../recording.ts';
import { doubledLeads } from './doubled-leads.ts';
import { type LeadQuality, leadQuality } from './lead-quality.ts';
import { limbLeadsThatDisagree } from './limb-leads-agree.ts';
import { type ElectrodeSwap, swappedElectrodes } from './swapped-electrodes.ts';

/** What may be wrong with a recording as a whole, in words. */
export const recordingMarks = {
  leads_unusable: 'leads that cannot be used',
  limb_leads_disagree: 'limb leads that do not follow from I and II',
  doubled_leads: 'leads with the same samples',
  few_beats: 'no heart beats can be found',
  right_arm_left_arm: 'the arm electrodes seem to be swapped',
  right_arm_left_leg: 'the electrodes of right arm and left leg seem to be swapped',
  left_arm_left_leg: 'the electrodes of left arm and left leg may be swapped',
  right_leg: 'an arm electrode seems to be on the right leg',
  inverted: 'the signals seem to be upside down',
} as const satisfies Record<ElectrodeSwap | string, string>;

export type RecordingMark = keyof typeof recordingMarks;

export interface RecordingFinding {
  readonly mark: RecordingMark;
  /** Those that it is about; empty: all. */
  readonly leads: readonly StandardLead[];
}

/** `not_readable`: a net would only guess. */
export type Verdict = 'good' | 'doubtful' | 'not_readable';

export interface RecordingQuality {
  readonly verdict: Verdict;
  readonly findings: readonly RecordingFinding[];
  readonly leads: readonly LeadQuality[];
}

/** A recording with fewer leads that can be used is not readable (of twelve; of fewer, half of them). */
const leastUsable = 1 / 2;
/** From here on a lead cannot be used at all. */
const mostConstant = 0.5;
const mostMissing = 0.5;
const mostClipped = 0.1;
const mostNoise = 0.5;

/** Whether anything can be read from a lead, however poor it is. */
export function usable({ marks, constant, missing, clipped, noise }: LeadQuality): boolean {
  return (
    !marks.includes('flat') &&
    constant <= mostConstant &&
    missing <= mostMissing &&
    clipped <= mostClipped &&
    (noise ?? 0) <= mostNoise
  );
}

/** Each lead by itself. @param leads standard leads of one rate and length. */
export function leadQualities(leads: readonly Lead[]): LeadQuality[] {
  return leads.map(leadQuality);
}

/**
 * The quality of a recording: of each lead, of the leads together, and a verdict. `doubtful` has any mark but a hint
 * (left arm and left leg); `not_readable` has more than half of its leads unusable, or no beats in what is left.
 *
 * @param leads standard leads of one rate and length.
 * @param qualities of the same leads.
 * @param beats found in the usable ones; @param beat the usual one of them, where there is one.
 */
export function recordingQuality(
  leads: readonly Lead[],
  qualities: readonly LeadQuality[],
  beats: number,
  beat: UsualBeat | undefined,
): RecordingQuality {
  const findings: RecordingFinding[] = [];
  const unusable = qualities.flatMap((quality, l) =>
    usable(quality) ? [] : [leads[l]!.name as StandardLead],
  );
  if (unusable.length > 0) findings.push({ mark: 'leads_unusable', leads: unusable });
  const disagree = limbLeadsThatDisagree(leads);
  if (disagree.length > 0) findings.push({ mark: 'limb_leads_disagree', leads: disagree });
  const doubled = doubledLeads(leads);
  if (doubled.length > 0)
    findings.push({ mark: 'doubled_leads', leads: [...new Set(doubled.flatMap((pair) => [...pair]))] });
  if (beats === 0) findings.push({ mark: 'few_beats', leads: [] });
  const swap = isBetweenLegs(leads, qualities, disagree) ? 'right_leg' : beat && swappedElectrodes(beat);
  if (swap !== undefined) findings.push({ mark: swap, leads: [] });

  const readable = leads.length - unusable.length >= leastUsable * leads.length && beats > 0;
  const doubts =
    findings.some(({ mark }) => mark !== 'left_arm_left_leg') ||
    qualities.some(({ marks }) => marks.length > 0);
  return {
    verdict: readable ? (doubts ? 'doubtful' : 'good') : 'not_readable',
    findings,
    leads: qualities,
  };
}

/**
 * Whether one of I, II and III alone shows nothing while the limb leads still follow from each other: it lies between both
 * legs. A loose electrode would take two of them away, a lead that was lost on the way contradict the others.
 */
function isBetweenLegs(
  leads: readonly Lead[],
  qualities: readonly LeadQuality[],
  disagree: readonly StandardLead[],
): boolean {
  const limbs = ['I', 'II', 'III'].map((name) => qualities[leads.findIndex((lead) => lead.name === name)]);
  if (disagree.length > 0 || limbs.includes(undefined)) return false;
  return limbs.filter((quality) => quality!.marks.includes('flat')).length === 1;
}
