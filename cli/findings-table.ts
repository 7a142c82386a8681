import type { StoredFindings } from '../shared/catalog/ecg-findings.ts';
import { measurementNames, measurementUnits, unmeasurable } from '../shared/ecg/measurements/measure-ecg.ts';
import { leadMarks } from '../shared/ecg/quality/lead-quality.ts';
import { recordingMarks } from '../shared/ecg/quality/recording-quality.ts';
import { table } from './table.ts';

/** Measurements, quality and explanations of one ECG, in words. */
export function findingsTable({ measurements, quality, explanations }: StoredFindings): string {
  const rows = measurementNames.map((name) => {
    const value = measurements.values[name];
    const reason = measurements.reasons[name];
    return value === null
      ? [name, '', reason === undefined ? '' : unmeasurable[reason]]
      : [name, value.toFixed(0), measurementUnits[name]];
  });
  const marks = [
    ...quality.findings.map(({ mark, leads }) => [leads.join(' '), recordingMarks[mark]]),
    ...quality.leads.flatMap((lead) => lead.marks.map((mark) => [lead.name, leadMarks[mark]])),
  ];
  const moved = explanations.map(({ label, leads }) => {
    const most = Object.entries(leads)
      .sort(([, a], [, b]) => b - a)
      .map(([lead, share]) => `${lead} ${Math.round(100 * share)}%`);
    return [label, most.slice(0, 6).join('  ')];
  });
  return [
    table(['measurement', 'value', ''], rows),
    `\nquality: ${quality.verdict.replace('_', ' ')}\n`,
    marks.length > 0 ? table(['leads', 'mark'], marks) : '',
    moved.length > 0 ? `\n${table(['explained', 'leads that moved it'], moved)}` : '',
  ].join('');
}
