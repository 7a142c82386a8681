import { isVoltage, millivolts } from '../millivolts.ts';
import type { Lead, StandardLead } from '../recording.ts';

/** What I and II say of the other limb leads (Einthoven; Goldberger): III = II - I, aVR = -(I + II) / 2... */
const laws: readonly (readonly [StandardLead, ofFirst: number, ofSecond: number])[] = [
  ['III', -1, 1],
  ['aVR', -0.5, -0.5],
  ['aVL', 1, -0.5],
  ['aVF', -0.5, 1],
];

/**
 * How far the limb leads may be, root mean square, from what they must be: twenty times what rounding leaves in real
 * files, in millivolts and as a share of the lead's size.
 */
const mostMillivolts = 0.03;
const mostShare = 0.2;

/**
 * The limb leads that do not follow from I and II, where those are there: leads of different cables, of different gain, or
 * under another's name.
 *
 * @param leads standard leads of one rate and length, in volts; others are left out.
 */
export function limbLeadsThatDisagree(leads: readonly Lead[]): StandardLead[] {
  const signal = (name: StandardLead) => {
    const lead = leads.find((one) => one.name === name && isVoltage(one));
    return lead === undefined ? undefined : millivolts(lead);
  };
  const first = signal('I');
  const second = signal('II');
  if (first === undefined || second === undefined) return [];
  return laws.flatMap(([name, ofFirst, ofSecond]) => {
    const own = signal(name);
    if (own === undefined) return [];
    // Constant differences are offsets of the amplifier and no error.
    let sum = 0;
    let squares = 0;
    let sumOwn = 0;
    let squaresOwn = 0;
    let samples = 0;
    for (let i = 0; i < own.length; i++) {
      const value = own[i]!;
      const rest = value - ofFirst * first[i]! - ofSecond * second[i]!;
      if (Number.isNaN(rest)) continue;
      samples++;
      sum += rest;
      squares += rest * rest;
      sumOwn += value;
      squaresOwn += value * value;
    }
    if (samples === 0) return [];
    const deviation = Math.sqrt(Math.max(0, squares / samples - (sum / samples) ** 2));
    const size = Math.sqrt(Math.max(0, squaresOwn / samples - (sumOwn / samples) ** 2));
    return deviation > mostMillivolts && deviation > mostShare * size ? [name] : [];
  });
}
