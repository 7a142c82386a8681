import type { Calculation } from '../shared/catalog/echo-results.ts';
import type { EchoOutcome, StudyOutcome } from '../shared/catalog/overview.ts';
import {
  type Doubt,
  doubts,
  type Unmeasurable,
  unmeasurable,
} from '../shared/echo/measurement/unmeasurable.ts';
import { table } from './table.ts';

/** What is measured on one echo instance and on its study so far, beat by beat, and what is doubtful or missing, in words. */
export function echoTable(echo: EchoOutcome): string {
  const { study, calculations = [] } = echo;
  const of = (what: EchoOutcome | StudyOutcome | null | undefined) => [
    withSpread(what?.ef, what?.efSpread),
    figure(what?.edv),
    figure(what?.esv),
    figure(what?.laVolume),
    what?.recommendation ?? '',
  ];
  const [own, whole] = [of(echo), of(study)];
  const told = [...echo.reasons, ...echo.defaults];
  const names = ['ejection fraction, %', 'end-diastolic volume, mL', 'end-systolic volume, mL'];
  const rows = [...names, 'left atrium, mL', 'by the published limits'].map((name, row) => [
    name,
    own[row]!,
    whole[row]!,
  ]);
  return [
    rows.every(([, instance, ofStudy]) => instance === '' && ofStudy === '')
      ? ''
      : table(
          ['measurement', 'this instance', `its study${study?.method ? ` (${study.method})` : ''}`],
          rows,
        ),
    beatTable(calculations),
    publishedTable(calculations),
    sentences('', told),
    sentences(
      'study: ',
      [...(study?.reasons ?? []), ...(study?.defaults ?? [])].filter((name) => !told.includes(name)),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

const quantities = ['EDV', 'ESV', 'EF', 'LAV'];

function beatTable(calculations: readonly Calculation[]): string {
  const byBeat = new Map<number, Map<string, number>>();
  for (const { method, beat, quantity, value } of calculations)
    if (method === 'disks' && beat !== null)
      byBeat.set(beat, (byBeat.get(beat) ?? new Map()).set(quantity, value));
  if (byBeat.size === 0) return '';
  const rows = [...byBeat].map(([beat, values]) => [
    String(beat + 1),
    ...quantities.map((quantity) => figure(values.get(quantity))),
  ]);
  return table(['beat', 'EDV, mL', 'ESV, mL', 'EF, %', 'left atrium, mL'], rows);
}

function publishedTable(calculations: readonly Calculation[]): string {
  const rows = calculations
    .filter(({ method }) => method === 'area-length')
    .map(({ quantity, value, unit }) => [`${quantity}, ${unit}`, figure(value)]);
  return rows.length === 0 ? '' : table(['published method', 'value'], rows);
}

/** What is missing or doubtful, a sentence a line. */
function sentences(of: string, names: readonly string[]): string {
  return names
    .map((name) => `${of}${unmeasurable[name as Unmeasurable] ?? doubts[name as Doubt] ?? name}\n`)
    .join('');
}

const figure = (value: number | null | undefined): string => (value == null ? '' : value.toFixed(0));

const withSpread = (value: number | null | undefined, spread: number | null | undefined): string =>
  value == null || spread == null ? figure(value) : `${figure(value)} ± ${spread.toFixed(1)}`;
