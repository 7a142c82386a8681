import {
  type EcgMeasurements,
  type MeasurementName,
  measurementUnits,
  unmeasurable,
} from '../ecg/measurements/measure-ecg.ts';
import { type StandardLead, standardLeads } from '../ecg/recording.ts';

/** In the order of a machine's print, with what each is called. */
const shown: readonly (readonly [MeasurementName, string])[] = [
  ['heartRate', 'Heart rate'],
  ['prInterval', 'PR interval'],
  ['qrsDuration', 'QRS duration'],
  ['qtInterval', 'QT interval'],
  ['qtcBazett', 'QTc (Bazett)'],
  ['qtcFridericia', 'QTc (Fridericia)'],
  ['qtcFramingham', 'QTc (Framingham)'],
  ['qtcHodges', 'QTc (Hodges)'],
  ['qrsAxis', 'QRS axis'],
  ['pDuration', 'P duration'],
  ['rrMean', 'RR mean'],
  ['rrSd', 'RR deviation'],
  ['rmssd', 'RMSSD'],
];

/** HTML: the measurements of a recording as an ECG machine prints them, and amplitudes lead by lead. */
export function measurementTable({ beats, beatsAlike, values, reasons, leads }: EcgMeasurements): string {
  const figures = shown.map(([name, title]) => {
    const value = values[name];
    const reason = reasons[name];
    const figure =
      value === null
        ? `<small>${reason === undefined ? 'not measured' : unmeasurable[reason]}</small>`
        : `<b>${minus(String(Math.round(value)))}</b>${measurementUnits[name] === '°' ? '' : ' '}${measurementUnits[name]}`;
    return `<div><dt>${title}</dt><dd>${figure}</dd></div>`;
  });
  return `<dl class="measured">${figures.join('')}</dl>${amplitudes(leads)}<p class="note">Computed from ${beats} beats${
    beatsAlike > 0 ? `, intervals and amplitudes from the median of ${beatsAlike} that are alike` : ''
  }, over all leads together; not reviewed by anybody.</p>`;
}

function amplitudes(leads: EcgMeasurements['leads']): string {
  const names = standardLeads.filter((name) => leads[name] !== undefined);
  if (names.length === 0) return '';
  const row = (title: string, figure: (name: StandardLead) => number) =>
    `<tr><th scope="row">${title}</th>${names.map((name) => `<td>${minus(figure(name).toFixed(2))}</td>`).join('')}</tr>`;
  return `<div class="scroll"><table class="amplitudes"><thead><tr><th></th>${names
    .map((name) => `<th scope="col">${name}</th>`)
    .join('')}</tr></thead><tbody>${row('QRS, mV', (name) => leads[name]!.qrs)}${row(
    'ST + 60 ms, mV',
    (name) => leads[name]!.st,
  )}</tbody></table></div>`;
}

/** With a true minus sign; what rounds to zero has none. */
function minus(figure: string): string {
  return /^-0\.?0*$/.test(figure) ? figure.slice(1) : figure.replace('-', '−');
}
