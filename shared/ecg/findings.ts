import { standardLead } from './leads.ts';
import { type EcgMeasurements, measureEcg } from './measurements/measure-ecg.ts';
import { usualBeat } from './measurements/usual-beat.ts';
import {
  leadQualities,
  type RecordingQuality,
  recordingQuality,
  usable,
} from './quality/recording-quality.ts';
import { rPeaks } from './r-peaks.ts';
import { type Lead, type Recording, standardLeads } from './recording.ts';

/** What is seen of a recording without a net. */
export interface EcgFindings {
  readonly quality: RecordingQuality;
  readonly measurements: EcgMeasurements;
}

/** Seconds that are looked at, from the start: an hour would take longer than its scores. */
export const examinedSeconds = 60;

/**
 * Quality and measurements of a recording, of whichever standard leads it has (the first minute).
 *
 * @returns undefined where it has no standard lead, or its standard leads differ in rate or length.
 */
export function ecgFindings(recording: Recording): EcgFindings | undefined {
  const leads = examinedLeads(recording);
  if (leads === undefined) return undefined;
  const qualities = leadQualities(leads);
  const good = leads.filter((_, l) => usable(qualities[l]!));
  const peaks = good.length === 0 ? new Float64Array(0) : rPeaks(good);
  const beat = good.length === 0 ? 'few_beats' : usualBeat(good, peaks);
  return {
    quality: recordingQuality(leads, qualities, peaks.length, typeof beat === 'string' ? undefined : beat),
    measurements: measureEcg(peaks, beat),
  };
}

/** The standard leads that are there, in their order and under their names, as far as they are looked at. */
function examinedLeads({ leads }: Recording): Lead[] | undefined {
  const found = standardLeads.flatMap((name) => {
    const lead = leads.find((one) => standardLead(one.name) === name);
    return lead === undefined ? [] : [{ ...lead, name }];
  });
  const [first] = found;
  if (first === undefined || first.samples.length === 0) return undefined;
  if (found.some(({ rate, samples }) => rate !== first.rate || samples.length !== first.samples.length))
    return undefined;
  const end = Math.round(examinedSeconds * first.rate);
  return found.map((lead) => ({ ...lead, samples: lead.samples.subarray(0, end) }));
}
