import { heartRate } from '../ecg/heart-rate.ts';
import { twelveLeads } from '../ecg/leads.ts';
import { isVoltage } from '../ecg/millivolts.ts';
import { rPeaks } from '../ecg/r-peaks.ts';
import { duration, type Lead, type Recording } from '../ecg/recording.ts';
import { type EcgPaper, ecgPaper, shownSeconds } from './ecg-paper.ts';
import { escapeHtml, factTable, page } from './page.ts';

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

export interface EcgPage {
  /** The catalog's identifier of the recording; never its file name, which may name a patient. */
  readonly recordingId: string;
  readonly recording: Recording;
  readonly scores: readonly EcgScore[];
  readonly model: { readonly name: string; readonly version: string };
  /** SHA-256 of the preprocessing configuration that the scores were made with. */
  readonly configurationHash: string;
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
  warnings,
}: EcgPage): string {
  const leads = twelveLeads(recording);
  const seconds = duration(recording);
  const paper = ecgPaper(
    leads,
    `Twelve leads, ${inWords(Math.min(seconds, shownSeconds))}, at 25 millimetres a second`,
  );
  const notices = [...warnings, ...ownWarnings(leads, paper)];
  const long = seconds > shownSeconds ? `The first ${shownSeconds} s of ${inWords(seconds)}. ` : '';
  return page({
    title: 'Electrocardiogram',
    subtitle: [inWords(seconds), `${rounded(leads[0]!.rate)} Hz`, `recording ${recordingId}`].join(' · '),
    style,
    sections: [
      {
        heading: 'Twelve leads',
        html: `${noticeHtml(notices)}<figure class="ecg" role="region" aria-label="Electrocardiogram" tabindex="0">${paper.svg}</figure>
<p class="note">${long}Each lead is drawn around its median.</p>`,
      },
      {
        heading: 'Scores',
        html: `${scoresHtml(scores)}<p class="note">Model <b>${escapeHtml(model.name)}</b> version ${escapeHtml(model.version)}, preprocessing <code title="${escapeHtml(configurationHash)}">${escapeHtml(configurationHash.slice(0, 12))}</code>. A mark on a bar is the model's threshold.</p>`,
      },
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

/** What can be seen of the signals themselves. */
function ownWarnings(leads: readonly Lead[], paper: EcgPaper): string[] {
  const flat = leads.filter(({ samples }) => samples.every((sample) => sample === samples[0]));
  const warnings: string[] = [];
  if (paper.gain === undefined)
    warnings.push('The signals have no physical unit: amplitudes are drawn to fit and cannot be measured.');
  else if (paper.gain !== 10)
    warnings.push(`Amplitudes are large: drawn at ${paper.gain} instead of 10 mm/mV.`);
  if (paper.cut.length > 0) warnings.push(`Cut off where it leaves its row: ${paper.cut.join(', ')}.`);
  if (flat.length > 0) warnings.push(`No signal in ${flat.map((lead) => lead.name).join(', ')}.`);
  return warnings;
}

function factsOf(recording: Recording, leads: readonly Lead[], seconds: number): [string, string][] {
  const facts: [string, string][] = [
    ['Format', { wfdb: 'WFDB', 'pe-xml': 'XML, PE system' }[recording.format]],
    ['Length', inWords(seconds)],
    ['Sampling rate', `${rounded(leads[0]!.rate)} Hz`],
    ['Leads in the file', String(recording.leads.length)],
    ['Unit', leads.every(isVoltage) ? 'voltage' : 'none'],
  ];
  const rate = heartRate(rPeaks(leads.map(shownPart)));
  if (rate !== undefined) facts.push(['Heart rate', `${Math.round(rate)} a minute`]);
  if (recording.age !== undefined) facts.push(['Age', `${rounded(recording.age)} years`]);
  if (recording.sex !== undefined) facts.push(['Sex', recording.sex]);
  return facts;
}

/** What is on the paper of a lead; a page of an hour's recording does not look at the rest. */
function shownPart(lead: Lead): Lead {
  return { ...lead, samples: lead.samples.subarray(0, Math.round(shownSeconds * lead.rate)) };
}

function noticeHtml(notices: readonly string[]): string {
  if (notices.length === 0) return '';
  return `<div class="notice"><ul>${notices.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul></div>`;
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
  main { display: grid; grid-template: auto 1fr / minmax(0, 1fr) 21rem; column-gap: 1rem; align-items: start; }
  main section { margin: 1rem 0 0; }
  main section:nth-child(2) { grid-area: 1 / 2 / span 2; }
  main { padding-bottom: 1rem; }
}
.facts tbody { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); column-gap: 2rem; }
.facts tr { display: flex; justify-content: space-between; border-top: 1px solid var(--line); }
.facts th, .facts td { width: auto; padding-right: 0; border: 0; }
.ecg { margin: 0 -.5rem; overflow-x: auto; }
.ecg svg { display: block; width: 100%; min-width: 44rem; height: auto; border-radius: .35rem; }
.note { margin: .75rem 0 0; color: var(--soft); font-size: .875rem; }
.ground { fill: #fffdfb; } .small { fill: none; stroke: #f5d3cd; stroke-width: .09; }
.large { fill: none; stroke: #e8a79d; stroke-width: .18; } .tick { fill: none; stroke: #9a6d68; stroke-width: .2; }
.trace { fill: none; stroke: #15171c; stroke-width: 28; stroke-linejoin: round; stroke-linecap: round; }
.ecg text { fill: #15171c; font: 600 3.4px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  paint-order: stroke; stroke: #fffdfb; stroke-width: 1px; stroke-linejoin: round; }
.ecg .legend { font-weight: 400; font-size: 2.8px; white-space: pre; }
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
  .ecg { overflow: visible; margin: 0; } .ecg svg { width: var(--width); min-width: 0; border-radius: 0; }
  html { font-size: 8pt; } body { font-size: 1rem; } header p { margin-bottom: 0; }
  section h2 { margin-bottom: .2rem; }
  .scores caption, .facts caption { display: none; } .note { margin: 1mm 0 0; }
  .scores tbody { display: grid; grid-template-columns: repeat(3, 1fr); column-gap: 6mm; } .scores tr { padding: 1mm 0; }
  .facts tbody { grid-template-columns: repeat(5, auto); }
  .ground { fill: #fff; } .small { stroke: #f5d3cd; } .large { stroke: #e8a79d; } .trace { stroke: #000; }
  .ecg text { fill: #000; stroke: #fff; }
}`;
