import { SystoleError } from '../errors.ts';
import { isVoltage, millivoltsPerUnit } from './millivolts.ts';
import type { Lead } from './recording.ts';

/**
 * Bounds on the standard deviation of a lead in millivolts. Leads of the published databases have 0.02 to 3 mV; a
 * lead beyond the upper bound, or a recording whose every lead is below the lower one, has been given a wrong gain
 * or unit.
 */
const largestDeviation = 20;
const smallestDeviation = 0.002;

/**
 * Refuses what no net should answer for: samples that are not finite, leads that are all constant, and amplitudes
 * that no heart makes (in leads whose unit is a voltage). A single flat lead is a loose electrode and passes.
 *
 * @throws SystoleError `recording_too_short` for no samples, `signal_value` naming the lead.
 */
export function checkSignal(leads: readonly Lead[]): void {
  let constant = true;
  let tiny = true;
  for (const lead of leads) {
    const { samples, name } = lead;
    if (samples.length === 0) throw new SystoleError('recording_too_short', 'There are no samples.');
    // Sums are taken from the first sample on, so that an offset of the amplifier does not drown the signal.
    const first = samples[0]!;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i]! - first;
      sum += sample;
      squares += sample * sample;
    }
    if (!Number.isFinite(squares))
      throw new SystoleError('signal_value', `Lead ${name} has samples that are missing or not finite.`);
    if (squares > 0) constant = false;
    if (!isVoltage(lead)) {
      tiny = false;
      continue;
    }
    const variance = Math.max(0, squares / samples.length - (sum / samples.length) ** 2);
    const deviation = Math.sqrt(variance) * Math.abs(millivoltsPerUnit(lead));
    if (deviation > largestDeviation)
      throw new SystoleError('signal_value', `Lead ${name} deviates by more than ${largestDeviation} mV.`);
    if (deviation > smallestDeviation) tiny = false;
  }
  if (constant) throw new SystoleError('signal_value', 'All leads are constant.');
  if (tiny) throw new SystoleError('signal_value', `All leads deviate by less than ${smallestDeviation} mV.`);
}
