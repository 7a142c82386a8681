import type { EcgFindings } from '../ecg/findings.ts';
import type { MeasurementName } from '../ecg/measurements/measure-ecg.ts';
import type { StandardLead } from '../ecg/recording.ts';
import type { Database } from './database.ts';

/** What moved the answer of a model: how much each lead, and when. */
export interface EcgExplanation {
  readonly label: string;
  /** The label's logit, and that of a recording without signal; what the samples added makes up the difference. */
  readonly logit: number;
  readonly baselineLogit: number;
  /** Each lead's share of all that was moved, in either direction; together 1. */
  readonly leads: Readonly<Partial<Record<StandardLead, number>>>;
  /** Seconds from the start that a number of `map` is the sum of. */
  readonly binSeconds: number;
  /** -99 (against the label) to 99 (for it), relative to the largest. */
  readonly map: Readonly<Partial<Record<StandardLead, readonly number[]>>>;
}

/** Findings with the version of the code that made them, as they are stored. */
export interface NewFindings extends EcgFindings {
  readonly codeVersion: string;
}

/** Columns of `ecg.measurements` by the name of the measurement. */
const measurementColumns = {
  heartRate: 'heart_rate',
  rrMean: 'rr_mean_ms',
  rrSd: 'rr_sd_ms',
  rmssd: 'rmssd_ms',
  pDuration: 'p_duration_ms',
  prInterval: 'pr_interval_ms',
  qrsDuration: 'qrs_duration_ms',
  qtInterval: 'qt_interval_ms',
  qtcBazett: 'qtc_bazett_ms',
  qtcFridericia: 'qtc_fridericia_ms',
  qtcFramingham: 'qtc_framingham_ms',
  qtcHodges: 'qtc_hodges_ms',
  qrsAxis: 'qrs_axis_degrees',
} as const satisfies Record<MeasurementName, string>;

const columns = Object.values(measurementColumns).join(', ');
const selected = Object.keys(measurementColumns)
  .map((name) => `(m.values ->> '${name}')::double precision`)
  .join(', ');

/**
 * The parts of a statement that store findings beside the end of a recording: of the rows of `s` (id, findings:
 * `NewFindings` or null) that are in `ended`. What was stored before stays.
 */
export const storeFindings = `measured as (
       insert into ecg.measurements (recording_id, beats, beats_alike, ${columns}, reasons, leads, code_version)
       select s.id, m.beats, m."beatsAlike", ${selected}, m.reasons, m.leads,
              s.findings ->> 'codeVersion'
       from s join ended using (id),
       lateral jsonb_to_record(s.findings -> 'measurements') as m(
         beats int, "beatsAlike" int, values jsonb, reasons jsonb, leads jsonb)
       where jsonb_typeof(s.findings) = 'object'
       on conflict do nothing
     ), judged as (
       insert into ecg.qualities (recording_id, verdict, findings, leads, code_version)
       select s.id, q.verdict, q.findings, q.leads, s.findings ->> 'codeVersion'
       from s join ended using (id),
       lateral jsonb_to_record(s.findings -> 'quality') as q(verdict text, findings jsonb, leads jsonb)
       where jsonb_typeof(s.findings) = 'object'
       on conflict do nothing
     )`;

/** The same for explanations: of the rows of `s` whose `explanation` is not null. */
export const storeExplanations = `explained as (
       insert into ecg.explanations (recording_id, model_name, model_version, label, logit, baseline_logit, leads,
                                     bin_seconds, map, code_version)
       select s.id, s."modelName", s."modelVersion", e.label, e.logit, e."baselineLogit", e.leads, e."binSeconds", e.map,
              s."codeVersion"
       from s join ended using (id),
       lateral jsonb_to_record(s.explanation) as e(
         label text, logit double precision, "baselineLogit" double precision, leads jsonb,
         "binSeconds" double precision, map jsonb)
       where jsonb_typeof(s.explanation) = 'object'
       on conflict do nothing
     )`;

/** What is stored of one ECG beside its scores. */
export interface StoredFindings {
  readonly measurements: EcgFindings['measurements'];
  readonly quality: EcgFindings['quality'];
  readonly explanations: readonly Pick<EcgExplanation, 'label' | 'logit' | 'baselineLogit' | 'leads'>[];
}

const measured = Object.entries(measurementColumns)
  .map(([name, column]) => `'${name}', m.${column}`)
  .join(', ');

/** @returns undefined for a recording that nothing is stored of: an echo, or one that is not ended. */
export async function findingsOf(database: Database, id: string): Promise<StoredFindings | undefined> {
  const [row] = await database.query<{ findings: StoredFindings }>(
    `select jsonb_build_object(
       'measurements', jsonb_build_object('beats', m.beats, 'beatsAlike', m.beats_alike,
         'values', jsonb_build_object(${measured}), 'reasons', m.reasons, 'leads', m.leads),
       'quality', jsonb_build_object('verdict', q.verdict, 'findings', q.findings, 'leads', q.leads),
       'explanations', coalesce((
         select jsonb_agg(jsonb_build_object('label', e.label, 'logit', e.logit, 'baselineLogit', e.baseline_logit,
                                             'leads', e.leads) order by e.label)
         from ecg.explanations e where e.recording_id = m.recording_id), '[]')) as findings
     from ecg.measurements m join ecg.qualities q using (recording_id)
     where m.recording_id = :id::uuid`,
    { id },
  );
  return row?.findings;
}
