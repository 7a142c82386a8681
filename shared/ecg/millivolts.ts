import type { Lead } from './recording.ts';

const unitsPerMillivolt: ReadonlyMap<string, number> = new Map([
  ['nv', 1e6],
  ['uv', 1e3],
  ['µv', 1e3],
  ['μv', 1e3],
  ['mv', 1],
  ['v', 1e-3],
]);

/** Whether a lead's unit is a voltage; one of `NU` or anything else has no known physical size. */
export function isVoltage(lead: Lead): boolean {
  return unitsPerMillivolt.has(lead.unit.toLowerCase());
}

/** Millivolts of one stored unit; for a lead that is no voltage, its own physical units of one stored unit. */
export function millivoltsPerUnit(lead: Lead): number {
  return 1 / (lead.gain * (unitsPerMillivolt.get(lead.unit.toLowerCase()) ?? 1));
}

/**
 * A lead's samples in millivolts where its unit is a voltage (nV, uV, mV, V in any case), in its own unit otherwise
 * (`NU` stays `NU`).
 *
 * @param into where the samples are written, from `start` on.
 */
export function millivolts(
  lead: Lead,
  into: Float32Array = new Float32Array(lead.samples.length),
  start = 0,
): Float32Array {
  const { samples, baseline } = lead;
  const scale = millivoltsPerUnit(lead);
  for (let i = 0; i < samples.length; i++) into[start + i] = (samples[i]! - baseline) * scale;
  return into;
}
