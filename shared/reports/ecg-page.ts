import type { EcgFindings } from '../ecg/findings.ts';
import { twelveLeads } from '../ecg/leads.ts';
import { isVoltage } from '../ecg/millivolts.ts';
import { type LeadMark, leadMarks } from '../ecg/quality/lead-quality.ts';
import { recordingMarks } from '../ecg/quality/recording-quality.ts';
import { duration, type Lead, type Recording, type StandardLead } from '../ecg/recording.ts';
import { type EcgPaper, ecgPaper, shownSeconds } from './ecg-paper.ts';
import { measurementTable } from './measurement-table.ts';
import { escapeHtml, factTable, noticeHtml, page } from './page.ts';

/** What a model says of one finding. */
export interface EcgScore {
  /** The model's name of the class, for example `NORM` or a SNOMED CT code. */
  readonly label: string;
  /** The same in words. */
  readonly title: string;
  /** 0 to 1. */
  readonly probability: number;
  readonly threshold: number;
  /** Whether the model counts the finding as present. */
  readonly positive: boolean;
}

/** Which leads and stretches moved the probability of a finding: see `EcgExplanation` of the catalog. */
export interface ShownExplanation {
  readonly title: string;
  readonly leads: Readonly<Partial<Record<StandardLead, number>>>;
  readonly binSeconds: number;
  readonly map: Readonly<Partial<Record<StandardLead, readonly number[]>>>;
}

/** Why nothing is said of what moved the answer. */
const unexplained = {
  nothing_called: 'Nothing is above its threshold, so there is nothing to explain.',
  model: 'What moved the answer is not computed for this model.',
  length: 'What moved the answer is not computed for a recording of this length.',
} as const;

export type Unexplained = keyof typeof unexplained;

export interface EcgPage {
  /** The catalog's identifier of the recording; never its file name, which may name a patient. */
  readonly recordingId: string;
  readonly recording: Recording;
  readonly scores: readonly EcgScore[];
  readonly model: { readonly name: string; readonly version: string };
  /** SHA-256 of the preprocessing configuration that the scores were made with. */
  readonly configurationHash: string;
  /** Quality and measurements. */
  readonly findings?: EcgFindings;
  /** What moved the answer for one finding, drawn under the traces, or why there is nothing. */
  readonly explanation: ShownExplanation | Unexplained;
  /** What a reader should know beyond what the page finds itself. */
  readonly warnings: readonly string[];
}

/**
 * The page of one recording: twelve leads on millimetre paper, the scores beside them, what is known of the recording,
 * and warnings. Self-contained HTML.
 *
 * @throws SystoleError `leads_missing`, `header_value` as `twelveLeads`.
 */
export function ecgPage({
  recordingId,
  recording,
  scores,
  model,
  configurationHash,
  findings,
  explanation,
  warnings,
}: EcgPage): string {
  const leads = twelveLeads(recording);
  const seconds = duration(recording);
  const paper = ecgPaper(
    leads,
    `Twelve leads, ${inWords(Math.min(seconds, shownSeconds))}, at 25 millimetres a second`,
    {
      doubtful: findings?.quality.leads.flatMap(({ name, marks }) => (marks.length > 0 ? [name] : [])),
      shades: typeof explanation === 'string' ? undefined : explanation,
    },
  );
  const notices = [...warnings, ...paperWarnings(paper), ...qualityWarnings(findings)];
  const long = seconds > shownSeconds ? `The first ${shownSeconds} s of ${inWords(seconds)}. ` : '';
  return page({
    title: 'Electrocardiogram',
    subtitle: [inWords(seconds), `${rounded(leads[0]!.rate)} Hz`, `recording ${recordingId}`].join(' · '),
    style,
    sections: [
      {
        heading: 'Twelve leads',
        html: `${noticeHtml(notices)}<figure class="ecg" role="region" aria-label="Electrocardiogram" tabindex="0">${paper.svg}</figure>
<p class="note">${long}Each lead is drawn around its median. ${explanationNote(explanation)}</p>`,
      },
      {
        heading: 'Scores',
        html: `${scoresHtml(scores)}<p class="note">Model <b>${escapeHtml(model.name)}</b> version ${escapeHtml(model.version)}, preprocessing <code title="${escapeHtml(configurationHash)}">${escapeHtml(configurationHash.slice(0, 12))}</code>. A mark on a bar is the model's threshold.</p>`,
      },
      ...(findings === undefined
        ? []
        : [{ heading: 'Measurements', html: measurementTable(findings.measurements) }]),
      {
        heading: 'Recording',
        html: factTable(
          'From the header of the file and from its signals',
          factsOf(recording, leads, seconds),
        ),
      },
    ],
  });
}

/** What can be seen of the drawing. */
function paperWarnings(paper: EcgPaper): string[] {
  const warnings: string[] = [];
  if (paper.gain === undefined)
    warnings.push('The signals have no physical unit: amplitudes are drawn to fit and cannot be measured.');
  else if (paper.gain !== 10)
    warnings.push(`Amplitudes are large: drawn at ${paper.gain} instead of 10 mm/mV.`);
  if (paper.cut.length > 0) warnings.push(`Cut off where it leaves its row: ${paper.cut.join(', ')}.`);
  return warnings;
}

/** What was found wrong with the recording and with single leads. */
function qualityWarnings(findings: EcgFindings | undefined): string[] {
  if (findings === undefined) return [];
  const { quality } = findings;
  const sentence = (words: string, leads: readonly string[]) =>
    `${words[0]!.toUpperCase()}${words.slice(1)}${leads.length > 0 ? `: ${leads.join(', ')}` : ''}.`;
  return [
    ...quality.findings
      // What makes a lead unusable is said lead by lead.
      .filter(({ mark }) => mark !== 'leads_unusable')
      .map(({ mark, leads }) => sentence(recordingMarks[mark], leads)),
    ...(Object.keys(leadMarks) as LeadMark[]).flatMap((mark) => {
      const leads = quality.leads.filter(({ marks }) => marks.includes(mark)).map(({ name }) => name);
      return leads.length > 0 ? [sentence(leadMarks[mark], leads)] : [];
    }),
  ];
}

function explanationNote(explanation: ShownExplanation | Unexplained): string {
  if (typeof explanation === 'string') return unexplained[explanation];
  const { title, leads } = explanation;
  const most = Object.entries(leads)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([name, share]) => `${name} ${Math.round(100 * share)}%`);
  return `<span class="key for"></span> speaks for “${escapeHtml(title)}”, <span class="key against"></span> against it (integrated gradients of one member of the model); most comes from ${most.join(', ')}.`;
}

function factsOf(recording: Recording, leads: readonly Lead[], seconds: number): [string, string][] {
  const facts: [string, string][] = [
    ['Format', { wfdb: 'WFDB', 'pe-xml': 'XML, PE system' }[recording.format]],
    ['Length', inWords(seconds)],
    ['Sampling rate', `${rounded(leads[0]!.rate)} Hz`],
    ['Leads in the file', String(recording.leads.length)],
    ['Unit', leads.every(isVoltage) ? 'voltage' : 'none'],
  ];
  if (recording.age !== undefined) facts.push(['Age', `${rounded(recording.age)} years`]);
  if (recording.sex !== undefined) facts.push(['Sex', recording.sex]);
  return facts;
}

/** Bars with their numbers, the most probable first. */
function scoresHtml(scores: readonly EcgScore[]): string {
  if (scores.length === 0) return '<p>The model gave no scores.</p>';
  const rows = [...scores]
    .sort((a, b) => b.probability - a.probability)
    .map(({ label, title, probability, threshold, positive }) => {
      const name = title === label ? '' : ` <small>${escapeHtml(label)}</small>`;
      return `<tr${positive ? ' class="positive"' : ''}><th scope="row">${escapeHtml(title)}${name}</th>
<td class="number">${percent(probability)}</td><td class="verdict">${positive ? 'above' : 'below'} ${percent(threshold)}</td>
<td class="bar" aria-hidden="true"><i style="width:${percent(probability)}"></i><b style="left:${percent(threshold)}"></b></td></tr>`;
    });
  return `<table class="scores"><caption>Probability, and whether it is above the model's threshold</caption><tbody>${rows.join('\n')}</tbody></table>`;
}

function percent(fraction: number): string {
  const value = 100 * Math.min(1, Math.max(0, fraction));
  return `${value.toFixed(value < 10 ? 1 : 0)}%`;
}

function inWords(seconds: number): string {
  if (seconds < 120) return `${rounded(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}

const style = `
@media screen { main, header, footer { max-width: 100rem; } }
@media screen and (min-width: 75rem) {
  main { display: grid; grid-template: auto auto 1fr / minmax(0, 1fr) 21rem; column-gap: 1rem; align-items: start; }
  main section { margin: 1rem 0 0; }
  main section:nth-child(2) { grid-area: 1 / 2 / span 3; }
  main { padding-bottom: 1rem; }
}
.facts tbody { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); column-gap: 2rem; }
.facts tr { display: flex; justify-content: space-between; border-top: 1px solid var(--line); }
.facts th, .facts td { width: auto; padding-right: 0; border: 0; }
.ecg { margin: 0 -.5rem; overflow-x: auto; }
/* At most a quarter larger than on paper, so that a short recording is no giant. */
.ecg svg { display: block; width: 100%; max-width: calc(1.25 * var(--width)); min-width: min(44rem, 1.25 * var(--width)); height: auto;
  border-radius: .35rem; }
.note { margin: .75rem 0 0; color: var(--soft); font-size: .875rem; }
.ground { fill: #fffdfb; } .small { fill: none; stroke: #f5d3cd; stroke-width: .09; }
.large { fill: none; stroke: #e8a79d; stroke-width: .18; } .tick { fill: none; stroke: #9a6d68; stroke-width: .2; }
.trace { fill: none; stroke: #15171c; stroke-width: 28; stroke-linejoin: round; stroke-linecap: round; }
.ecg text { fill: #15171c; font: 600 3.4px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  paint-order: stroke; stroke: #fffdfb; stroke-width: 1px; stroke-linejoin: round; }
.ecg .legend { font-weight: 400; font-size: 2.8px; white-space: pre; }
.for { fill: #e8890c; } .against { fill: #2f74d0; } .shade-1 { opacity: .08; } .shade-2 { opacity: .16; }
.shade-3 { opacity: .25; } .shade-4 { opacity: .34; } .shade-5 { opacity: .44; } .ecg text .doubt { fill: #b3261e; }
.key { display: inline-block; width: .8em; height: .8em; border-radius: .15em; vertical-align: -.05em; opacity: .55; }
.key.for { background: #e8890c; } .key.against { background: #2f74d0; }
.measured { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .5rem 1.5rem; margin: 0; }
.measured div { border-top: 1px solid var(--line); padding-top: .3rem; }
.measured dt { color: var(--soft); font-size: .875rem; } .measured dd { margin: 0; font-variant-numeric: tabular-nums; }
.measured dd b { font-size: 1.15rem; font-weight: 650; } .measured dd small { color: var(--soft); }
.amplitudes { margin-top: 1rem; } .amplitudes th, .amplitudes td { text-align: right; padding: .25rem .6rem .25rem 0; }
.amplitudes tbody th { text-align: left; font-weight: 400; color: var(--soft); white-space: nowrap; }
.scores tr { display: grid; grid-template-columns: minmax(0, 1fr) 3.2rem 5.2rem; align-items: baseline; column-gap: .5rem;
  padding: .5rem 0; border-top: 1px solid var(--line); }
.scores th, .scores td { padding: 0; border: 0; }
.scores th { font-weight: 400; } .scores small { color: var(--soft); }
.scores .number, .scores .verdict { text-align: right; }
.scores .verdict { color: var(--soft); font-size: .875rem; }
.scores .bar { grid-column: 1 / -1; position: relative; height: .5rem; margin-top: .35rem; border-radius: .2rem;
  background: var(--line); }
.scores .bar i { position: absolute; inset: 0 auto 0 0; border-radius: .2rem; background: var(--soft); }
.scores .bar b { position: absolute; top: -.15rem; bottom: -.15rem; width: 2px; margin-left: -1px; background: var(--ink); }
.positive th, .positive .number { font-weight: 650; } .positive .verdict { color: var(--accent); }
.positive .bar i { background: var(--accent); }
@media (prefers-color-scheme: dark) {
  .ground { fill: #16181b; } .small { stroke: #2c2225; } .large { stroke: #4c3437; } .tick { stroke: #8d6a6c; }
  .trace { stroke: #f0f2f4; } .ecg text { fill: #f0f2f4; stroke: #16181b; }
}
@media print {
  @page { size: A4 landscape; margin: 8mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  section { border: 0; padding: 0; margin: 2mm 0; } footer { padding-bottom: 0; } header { padding-top: 0; }
  .ecg { overflow: visible; margin: 0; } .ecg svg { width: var(--width); max-width: none; min-width: 0; border-radius: 0; }
  html { font-size: 8pt; } body { font-size: 1rem; } header p { margin-bottom: 0; }
  section h2 { margin-bottom: .2rem; }
  .scores caption, .facts caption { display: none; } .note { margin: 1mm 0 0; }
  .scores tbody { display: grid; grid-template-columns: repeat(3, 1fr); column-gap: 6mm; } .scores tr { padding: 1mm 0; }
  .facts tbody { grid-template-columns: repeat(5, auto); }
  .ground { fill: #fff; } .small { stroke: #f5d3cd; } .large { stroke: #e8a79d; } .trace { stroke: #000; }
  .ecg text { fill: #000; stroke: #fff; }
}`;
