import { SystoleError } from '../errors.ts';
import { type Lead, type Recording, type StandardLead, standardLeads } from './recording.ts';

/** Names other than the standard ones, in capitals and without blanks, `ECG`, `LEAD` or `MDC_ECG_LEAD_`. */
const synonyms: ReadonlyMap<string, StandardLead> = new Map([
  ...standardLeads.map((lead) => [lead.toUpperCase(), lead] as const),
  ...(['I', 'II', 'III'] as const).flatMap((lead, index) => [
    [`D${lead}`, lead] as const,
    [`D${index + 1}`, lead] as const,
    [`L${index + 1}`, lead] as const,
    [`${index + 1}`, lead] as const,
  ]),
  ...(['V1', 'V2', 'V3', 'V4', 'V5', 'V6'] as const).map((lead) => [lead.replace('V', 'C'), lead] as const),
]);

/**
 * The standard lead that a name means: any case, `DI`/`D1`, `C1`-`C6`, `ECG lead II`, `MDC_ECG_LEAD_AVR`; undefined
 * for anything else, an inverted `-aVR` and the modified leads of a Holter (`MLII`) among it.
 */
export function standardLead(name: string): StandardLead | undefined {
  const bare = name
    .toUpperCase()
    .replace(/^\s*(?:MDC_ECG_LEAD_|(?:E[CK]G)?[\s_]*(?:LEAD|CH)?[\s_]+|E[CK]G|LEAD)/, '')
    .replace(/[\s_]/g, '');
  return synonyms.get(bare);
}

/**
 * The twelve standard leads of a recording in their order, whatever order, names or further leads it has. III, aVR,
 * aVL and aVF are derived from I and II where absent (Einthoven, Goldberger). A lead given twice must be the same
 * both times.
 *
 * @throws SystoleError `leads_missing` (naming them), `header_value` for a lead given twice with different signals
 * and for standard leads of different rate or length.
 */
export function twelveLeads(recording: Recording): Lead[] {
  const found = new Map<StandardLead, Lead>();
  for (const lead of recording.leads) {
    const name = standardLead(lead.name);
    if (name === undefined) continue;
    const earlier = found.get(name);
    if (earlier === undefined) found.set(name, lead);
    else if (!sameSignal(earlier, lead))
      throw new SystoleError('header_value', `Lead ${name} is given twice with different signals.`);
  }
  const first = found.get('I');
  const second = found.get('II');
  if (first !== undefined && second !== undefined && comparable(first, second)) {
    for (const [name, ofFirst, ofSecond] of derived)
      if (!found.has(name)) found.set(name, combine(name, first, ofFirst, second, ofSecond));
  }
  const missing = standardLeads.filter((name) => !found.has(name));
  if (missing.length > 0) throw new SystoleError('leads_missing', `Missing: ${missing.join(', ')}.`);

  const leads = standardLeads.map((name) => ({ ...found.get(name)!, name }));
  const [{ rate, samples }] = leads as [Lead];
  if (leads.some((lead) => lead.rate !== rate || lead.samples.length !== samples.length))
    throw new SystoleError('header_value', 'The standard leads differ in sampling rate or length.');
  return leads;
}

/** Weights of I and II in the leads that follow from them. */
const derived: readonly (readonly [StandardLead, number, number])[] = [
  ['III', -1, 1],
  ['aVR', -0.5, -0.5],
  ['aVL', 1, -0.5],
  ['aVF', -0.5, 1],
];

function comparable(first: Lead, second: Lead): boolean {
  return (
    first.rate === second.rate && first.samples.length === second.samples.length && first.unit === second.unit
  );
}

/** The derived lead in the analogue-to-digital units of lead I, with 0 as its baseline. */
function combine(name: string, first: Lead, ofFirst: number, second: Lead, ofSecond: number): Lead {
  const samples = new Float32Array(first.samples.length);
  const ratio = first.gain / second.gain;
  for (let i = 0; i < samples.length; i++)
    samples[i] =
      ofFirst * (first.samples[i]! - first.baseline) +
      ofSecond * (second.samples[i]! - second.baseline) * ratio;
  return { name, samples, gain: first.gain, baseline: 0, unit: first.unit, rate: first.rate };
}

function sameSignal(one: Lead, other: Lead): boolean {
  if (one.gain !== other.gain || one.baseline !== other.baseline || one.unit !== other.unit) return false;
  if (one.rate !== other.rate || one.samples.length !== other.samples.length) return false;
  return one.samples.every((sample, i) => Object.is(sample, other.samples[i]));
}
